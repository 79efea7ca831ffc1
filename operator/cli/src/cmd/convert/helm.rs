//! Values of Istio's Helm charts. Each chart reads its own values at the root of its file; in a
//! MeshInstallation those of all charts stand together, each under the name of its component.

use std::path::Path;

use clap::ValueEnum;
use mainsheet_profiles::merge::{at, put};
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::gateway;
use crate::input::{DEFAULT_NAME, take};

/// A chart of Istio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Chart {
    Base,
    Istiod,
    Cni,
    Ztunnel,
    Gateway,
}

/// Values that every chart reads at its root, where a MeshInstallation has them too.
const SHARED: [&str; 4] = ["global", "profile", "platform", "compatibilityVersion"];
/// Values that the istiod chart shares with the base chart, or that stand at the root in
/// `IstioOperator`s too. All others of its values are `pilot`'s.
const OF_ISTIOD: [&str; 14] = [
    "meshConfig",
    "revision",
    "revisionTags",
    "defaultRevision",
    "sidecarInjectorWebhook",
    "telemetry",
    "istiodRemote",
    "experimental",
    "gatewayClasses",
    "gateways",
    "ownerName",
    "base",
    "pdb",
    "ztunnel",
];
const INTERNAL: &str = "_internal_defaults_do_not_set";

/// Values that stand for a field of the spec.
const FIELDS: [(&str, &str); 5] = [
    ("values.meshConfig", "meshConfig"),
    ("values.revision", "revision"),
    ("values.compatibilityVersion", "compatibilityVersion"),
    ("values.global.istioNamespace", "namespace"),
    ("values.global.hub", "hub"),
];

/// The draft of one mesh, from the values of its charts.
pub(super) fn draft(values: &[(Chart, Map<String, Value>)]) -> Draft {
    let mut draft = Draft::new(DEFAULT_NAME);
    let has = |chart| values.iter().any(|(one, _)| *one == chart);
    let profile = if has(Chart::Base) || has(Chart::Istiod) {
        "minimal"
    } else {
        "empty"
    };
    put(&mut draft.spec, "profile", json!(profile));
    if has(Chart::Istiod) && has(Chart::Cni) {
        // The istiod chart does not know of the cni chart, the operator does.
        put(&mut draft.spec, "values.pilot.cni.enabled", json!(false));
    }
    if has(Chart::Base) {
        // As the base chart has it, where istioctl leaves it empty.
        put(&mut draft.spec, "values.defaultRevision", json!("default"));
    }
    for (chart, values) in values {
        let mut values = values.clone();
        if let Some(Value::Object(internal)) = values.remove(INTERNAL) {
            values.extend(internal);
        }
        match chart {
            Chart::Base => root(&values, &mut draft),
            Chart::Istiod => below("pilot", &OF_ISTIOD, &values, &mut draft),
            Chart::Cni => component("cni", &values, &mut draft),
            Chart::Ztunnel => component("ztunnel", &values, &mut draft),
            Chart::Gateway => gateway::add(&values, &mut draft),
        }
    }
    for (value, field) in FIELDS {
        if let Some(given) = at(&draft.spec, value).cloned() {
            take(&mut draft.spec, value);
            put(&mut draft.spec, field, given);
        }
    }
    draft
}

fn component(name: &str, values: &Map<String, Value>, draft: &mut Draft) {
    put(
        &mut draft.spec,
        &format!("components.{name}.enabled"),
        json!(true),
    );
    below(name, &[], values, draft);
}

/// Values that stay where they are.
fn root(values: &Map<String, Value>, draft: &mut Draft) {
    for (key, value) in values {
        lay(&format!("values.{key}"), value, draft);
    }
}

/// Values that go under the name of their component, but for those that all share.
fn below(name: &str, stay: &[&str], values: &Map<String, Value>, draft: &mut Draft) {
    for (key, value) in values {
        let key = key.as_str();
        if SHARED.contains(&key) || stay.contains(&key) {
            lay(&format!("values.{key}"), value, draft);
        } else if key == name {
            lay(&format!("values.{name}"), value, draft);
        } else {
            lay(&format!("values.{name}.{key}"), value, draft);
        }
    }
}

/// Lays a value over what is there. Two charts may say different things of what one mesh can only
/// have once.
pub(super) fn lay(path: &str, value: &Value, draft: &mut Draft) {
    if let Value::Object(map) = value
        && !map.is_empty()
        && !map.keys().any(|key| key.contains(['.', '[']))
    {
        for (key, value) in map {
            lay(&format!("{path}.{key}"), value, draft);
        }
        return;
    }
    let before = at(&draft.spec, path).filter(|before| *before != value);
    // What this file itself has put there is no other chart's word.
    let ours = ["values.pilot.cni.enabled", "values.defaultRevision"].contains(&path);
    if let Some(before) = before.filter(|_| !ours).cloned() {
        draft.lost(
            format!("spec.{path}"),
            format!("{before} in one file and {value} in a later one, which wins; a mesh has one"),
        );
    }
    put(&mut draft.spec, path, value.clone());
}

/// The chart that values are of: by what only that chart reads, or by the name of the file.
pub(super) fn guess(file: &str, values: &Map<String, Value>) -> Option<Chart> {
    let known = |chart: Chart| {
        let signs = chart.signs().iter();
        signs.filter(|sign| values.contains_key(**sign)).count()
    };
    let most = Chart::ALL.into_iter().map(known).max().unwrap_or_default();
    let mut best: Vec<Chart> = Chart::ALL
        .into_iter()
        .filter(|chart| known(*chart) == most)
        .collect();
    if best.len() > 1 {
        let stem = Path::new(file).file_stem()?.to_str()?;
        best.retain(|chart| stem.contains(chart.name()));
    }
    match best.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

// === impl Chart ===

impl Chart {
    const ALL: [Self; 5] = [
        Self::Base,
        Self::Istiod,
        Self::Cni,
        Self::Ztunnel,
        Self::Gateway,
    ];
    pub(super) const NAMES: [&str; 5] = ["base", "istiod", "cni", "ztunnel", "gateway"];

    fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Istiod => "istiod",
            Self::Cni => "cni",
            Self::Ztunnel => "ztunnel",
            Self::Gateway => "gateway",
        }
    }

    /// Values by which a file of the chart is known.
    fn signs(self) -> &'static [&'static str] {
        match self {
            Self::Base => &["base", "defaultRevision", "experimental"],
            Self::Istiod => &[
                "pilot",
                "meshConfig",
                "autoscaleEnabled",
                "autoscaleMin",
                "autoscaleMax",
                "traceSampling",
                "sidecarInjectorWebhook",
                "telemetry",
                "istiodRemote",
                "revisionTags",
                "taint",
                "rollingMaxSurge",
                "keepaliveMaxServerConnectionAge",
            ],
            Self::Cni => &[
                "cniBinDir",
                "cniConfDir",
                "cniConfFileName",
                "chained",
                "excludeNamespaces",
                "ambient",
                "repair",
                "istioOwnedCNIConfig",
            ],
            Self::Ztunnel => &[
                "resourceName",
                "xdsAddress",
                "caAddress",
                "peerCaCrl",
                "multiCluster",
                "logLevel",
            ],
            Self::Gateway => &[
                "service",
                "autoscaling",
                "name",
                "rbac",
                "serviceAccount",
                "podDisruptionBudget",
                "networkGateway",
                "labels",
            ],
        }
    }
}
