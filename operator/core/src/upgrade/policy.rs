//! How a changed spec is carried out: `spec.upgrade` and `spec.tags` with their defaults, checked.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::{
    Approval, DataPlaneMode, GatewayOrder, Strategy, Tag, Wave as WaveSpec,
};
use mainsheet_crds::meta::DEFAULT_REVISION;
use mainsheet_profiles::{Finding, ResolveError};

use super::selector::Selector;
use crate::record::HISTORY;
use crate::windows::Windows;

/// Name of the wave of what no other wave selects.
pub const REST: &str = "rest";

/// How a changed spec is carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Over the running control plane, or beside it.
    pub strategy: Strategy,
    /// Whether a plan waits for a person.
    pub approval: Approval,
    /// How long a control plane may take to become ready.
    pub ready_timeout: SignedDuration,
    /// How long a ready candidate is watched before it is used.
    pub soak: SignedDuration,
    /// Who restarts workloads.
    pub mode: DataPlaneMode,
    /// Groups of namespaces in their order, what no other selects last.
    pub waves: Vec<Wave>,
    /// How many failed measurements in a row fail a wave; none when nothing is measured.
    pub failures: Option<i32>,
    /// Time between measurements.
    pub interval: SignedDuration,
    /// What happens when a wave fails.
    pub rollback: Approval,
    /// When gateways move.
    pub gateways: GatewayOrder,
    /// When workloads may be restarted.
    pub windows: Windows,
    /// How long nothing may have used a retiring revision before it goes.
    pub grace: SignedDuration,
    /// How many past records are kept.
    pub history: usize,
    /// The name by which namespaces ask for this mesh.
    pub public: String,
    /// Further names, and what they stand for.
    pub tags: BTreeMap<String, Target>,
}

/// One group of namespaces that moves together.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Its name.
    pub name: String,
    /// Its namespaces.
    pub selector: Selector,
    /// How many workloads restart at a time.
    pub parallel: u32,
    /// How long it is watched before the next one.
    pub soak: SignedDuration,
}

/// What a tag stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The active control plane, whichever it is.
    Active,
    /// The candidate while there is one, else the active one.
    Candidate,
    /// The control plane of this Istio revision.
    Revision(String),
}

// === impl Policy ===

impl Policy {
    /// The policy of a spec, or everything that is wrong with it.
    pub fn of(spec: &MeshInstallationSpec) -> Result<Self, ResolveError> {
        let upgrade = spec.upgrade.clone().unwrap_or_default();
        let plane = upgrade.data_plane.clone().unwrap_or_default();
        let mut findings = Vec::new();
        let mut span = |path: &str, given: Option<&str>, default: i64| {
            let Some(text) = given else {
                return SignedDuration::from_secs(default);
            };
            duration(text).unwrap_or_else(|| {
                findings.push(Finding::new(
                    format!("spec.upgrade.{path}"),
                    format!("{text:?} given, allowed: a span of time such as 90s or 1h30m"),
                ));
                SignedDuration::ZERO
            })
        };
        let soak = span("soak", upgrade.soak.as_deref(), 120);
        let ready_timeout = span("readyTimeout", upgrade.ready_timeout.as_deref(), 600);
        let grace = span("retirementGrace", upgrade.retirement_grace.as_deref(), 3600);
        let interval = plane.analysis.as_ref().and_then(|a| a.interval.as_deref());
        let interval = span("dataPlane.analysis.interval", interval, 30);
        let waves: Vec<Wave> = plane
            .waves
            .iter()
            .flatten()
            .enumerate()
            .map(|(index, wave)| {
                let path = format!("dataPlane.waves[{index}].soak");
                let soak = match &wave.soak {
                    Some(text) => span(&path, Some(text), 0),
                    None => soak,
                };
                of_wave(wave, soak)
            })
            .collect();
        findings.extend(wrong_waves(plane.waves.as_deref().unwrap_or_default()));
        findings.extend(wrong_tags(spec));
        let windows = Windows::new(plane.windows.as_deref().unwrap_or_default());
        let windows = windows.unwrap_or_else(|error| {
            let text = error.to_string();
            let (path, problem) = text.split_once(": ").unwrap_or((&text, ""));
            findings.push(Finding::new(path, problem));
            Windows::default()
        });
        ResolveError::check(findings)?;
        let analysis = plane.analysis.as_ref();
        let failures = analysis
            .filter(|analysis| analysis.prometheus.is_some())
            .map(|analysis| analysis.failures.unwrap_or(2));
        Ok(Self {
            strategy: upgrade.strategy.unwrap_or_default(),
            approval: upgrade.approval.unwrap_or_default(),
            ready_timeout,
            soak,
            mode: plane.mode.unwrap_or_default(),
            waves: waves.into_iter().chain([rest(soak)]).collect(),
            failures,
            interval,
            rollback: plane.rollback.unwrap_or_default(),
            gateways: plane.gateways.unwrap_or_default(),
            windows,
            grace,
            history: upgrade
                .history
                .map_or(HISTORY, |keep| usize::try_from(keep).unwrap_or(HISTORY)),
            public: public(spec).to_owned(),
            tags: tags(spec),
        })
    }

    /// The names that follow the active control plane: the public one, and the tags that say so.
    pub fn following(&self) -> impl Iterator<Item = &str> {
        let tags = self
            .tags
            .iter()
            .filter(|(_, target)| **target == Target::Active);
        std::iter::once(self.public.as_str()).chain(tags.map(|(name, _)| name.as_str()))
    }

    /// Whether a name is one that users ask for, rather than a control plane's own.
    pub fn is_name(&self, name: &str) -> bool {
        self.public == name || self.tags.contains_key(name)
    }
}

fn public(spec: &MeshInstallationSpec) -> &str {
    match spec.revision() {
        "" => DEFAULT_REVISION,
        revision => revision,
    }
}

fn tags(spec: &MeshInstallationSpec) -> BTreeMap<String, Target> {
    let target = |tag: &Tag| match tag.target.as_str() {
        "Active" => Target::Active,
        "Candidate" => Target::Candidate,
        revision => Target::Revision(revision.to_owned()),
    };
    let tags = spec.tags.iter().flatten();
    tags.map(|tag| (tag.name.clone(), target(tag))).collect()
}

fn of_wave(wave: &WaveSpec, soak: SignedDuration) -> Wave {
    let selector = wave
        .namespace_selector
        .as_ref()
        .and_then(|given| Selector::parse(given).ok());
    Wave {
        name: wave.name.clone(),
        selector: selector.unwrap_or_else(Selector::everything),
        parallel: parallel(wave.parallel),
        soak,
    }
}

fn parallel(given: Option<i32>) -> u32 {
    given
        .and_then(|many| u32::try_from(many).ok())
        .unwrap_or(1)
        .max(1)
}

fn rest(soak: SignedDuration) -> Wave {
    Wave {
        name: REST.to_owned(),
        selector: Selector::everything(),
        parallel: 1,
        soak,
    }
}

fn wrong_waves(waves: &[WaveSpec]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, wave) in waves.iter().enumerate() {
        let path = format!("spec.upgrade.dataPlane.waves[{index}]");
        let twice = waves[..index].iter().any(|other| other.name == wave.name);
        if twice || wave.name == REST {
            let problem = format!(
                "{:?} given, allowed: a name that no other wave has; {REST} is what no wave selects",
                wave.name
            );
            findings.push(Finding::new(format!("{path}.name"), problem));
        }
        if let Some(Err(problem)) = wave.namespace_selector.as_ref().map(Selector::parse) {
            findings.push(Finding::new(format!("{path}.namespaceSelector"), problem));
        }
    }
    findings
}

fn wrong_tags(spec: &MeshInstallationSpec) -> Vec<Finding> {
    let given = spec.tags.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    for (index, tag) in given.iter().enumerate() {
        let twice = given[..index].iter().any(|other| other.name == tag.name);
        if twice || tag.name == public(spec) {
            findings.push(Finding::new(
                format!("spec.tags[{index}].name"),
                format!(
                    "{:?} given, allowed: a name that no other tag and no revision has",
                    tag.name
                ),
            ));
        }
    }
    findings
}

/// A span of time in Go's notation.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let mut rest = text;
    let mut millis: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        millis = millis.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then(|| SignedDuration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use mainsheet_profiles::parse_spec;
    use serde_json::{Value, json};

    use super::*;

    fn policy(spec: &Value) -> Result<Policy, Vec<String>> {
        Policy::of(&parse_spec(spec).unwrap())
            .map_err(|error| error.findings().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn spans_of_time_are_read_as_go_writes_them() {
        let seconds = |text| duration(text).map(|span| span.as_secs());
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!([duration(""), duration("5"), duration("5d")], [None; 3]);
        assert_eq!(duration("9999999999999999h"), None);
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let policy = policy(&json!({})).unwrap();
        assert_eq!(policy.ready_timeout, SignedDuration::from_mins(10));
        assert_eq!(policy.waves.len(), 1);
        assert_eq!(policy.following().collect::<Vec<_>>(), ["default"]);
        assert_eq!(policy.failures, None);
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let spec = json!({
            "upgrade": {"dataPlane": {"waves": [
                {"name": "one", "namespaceSelector": {"matchLabel": {}}}, {"name": "one"},
            ]}},
            "tags": [{"name": "default", "target": "Active"}],
        });
        let findings = policy(&spec).unwrap_err();
        assert_eq!(findings.len(), 3, "{findings:?}");
        let paths = [
            "spec.tags[0].name",
            "spec.upgrade.dataPlane.waves[0].namespaceSelector",
            "spec.upgrade.dataPlane.waves[1].name",
        ];
        for (finding, path) in findings.iter().zip(paths) {
            assert!(finding.starts_with(path), "{finding}");
        }
    }

    #[test]
    fn tags_that_follow_the_active_one_move_with_the_public_name() {
        let spec = json!({"revision": "prod", "tags": [
            {"name": "stable", "target": "Active"}, {"name": "next", "target": "Candidate"}]});
        let policy = policy(&spec).unwrap();
        assert_eq!(policy.following().collect::<Vec<_>>(), ["prod", "stable"]);
        assert!(policy.is_name("next") && !policy.is_name("1-30-3"));
    }
}
