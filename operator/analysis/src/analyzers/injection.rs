//! Whether namespaces say that their pods get a proxy, and whether the pods have it.

use std::collections::BTreeMap;

use mainsheet_crds::meta::{DEFAULT_REVISION, LABEL_ISTIO_REV};

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::snapshot::Snapshot;
use crate::view::{
    DATAPLANE_MODE, INJECT, INJECTION, PROXY, View, config_map, containers, of_revision, parsed,
};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "injection.Analyzer",
    about: "Namespaces whose pods get a proxy, and pods without one",
    codes: &[
        Code::NamespaceNotInjected,
        Code::PodMissingProxy,
        Code::NamespaceMultipleInjectionLabels,
        Code::NamespaceInjectionEnabledByDefault,
    ],
    inputs: &[Kind::Namespace, Kind::Pod, Kind::ConfigMap],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    let snapshot = view.snapshot;
    for namespace in &snapshot.objects.namespaces {
        let about = &namespace.about;
        // A control plane needs no proxies of its own.
        if about.name == snapshot.istio_namespace {
            continue;
        }
        let set: Vec<String> = [INJECTION, LABEL_ISTIO_REV, DATAPLANE_MODE]
            .iter()
            .filter_map(|key| Some(format!("{key}={}", about.labels.get(*key)?)))
            .filter(|label| label != "istio.io/dataplane-mode=none")
            .collect();
        if set.len() > 1 {
            report.field(
                Code::NamespaceMultipleInjectionLabels,
                about,
                "metadata.labels",
                format!(
                    "labels that contradict each other: {}; keep one",
                    set.join(", ")
                ),
            );
        } else if set.is_empty() && !about.labels.contains_key(DATAPLANE_MODE) {
            undecided(snapshot, about, report);
        }
        if set.len() == 1 && gets_proxies(&about.labels) {
            pods(view, &about.name, report);
        }
    }
}

/// Whether the pods of a namespace with these labels get a proxy unless they say otherwise.
pub(super) fn gets_proxies(labels: &BTreeMap<String, String>) -> bool {
    match labels.get(INJECTION) {
        Some(value) => value == "enabled",
        None => labels.contains_key(LABEL_ISTIO_REV),
    }
}

fn undecided(snapshot: &Snapshot, about: &std::sync::Arc<crate::Resource>, report: &mut Report) {
    if is_default(snapshot) {
        report.whole(
            Code::NamespaceInjectionEnabledByDefault,
            about,
            "pods get a proxy though the namespace has no label: Istio is installed with \
             enableNamespacesByDefault",
        );
        return;
    }
    report.whole(
        Code::NamespaceNotInjected,
        about,
        format!(
            "pods get no proxy; to give them one: kubectl label namespace {0} {INJECTION}=enabled; \
             to say that they need none: kubectl label namespace {0} {INJECTION}=disabled",
            about.name
        ),
    );
}

/// Whether pods get a proxy where nothing says anything.
fn is_default(snapshot: &Snapshot) -> bool {
    let name = of_revision("istio-sidecar-injector", &snapshot.revision);
    let values = config_map(snapshot, &name, "values").and_then(parsed);
    values
        .is_some_and(|values| values["sidecarInjectorWebhook"]["enableNamespacesByDefault"] == true)
}

fn pods(view: &View<'_>, namespace: &str, report: &mut Report) {
    for pod in view.workloads.of(namespace) {
        // What a template makes is injected only later.
        if pod.about.kind != Kind::Pod || pod.about.place.is_some() {
            continue;
        }
        let own = pod
            .labels
            .get(INJECT)
            .or_else(|| pod.annotations.get(INJECT));
        let refuses = own.is_some_and(|value| value.eq_ignore_ascii_case("false"));
        let is_host = pod.spec.host_network == Some(true);
        if refuses || is_host || containers(pod.spec).any(|one| one.name == PROXY) {
            continue;
        }
        report.whole(
            Code::PodMissingProxy,
            pod.about,
            "the pod has no proxy though its namespace wants one; restart its workload",
        );
    }
}

/// The revision that injects pods of a namespace with these labels.
pub(super) fn revision(labels: &BTreeMap<String, String>) -> &str {
    let injected = labels
        .get(INJECTION)
        .is_some_and(|value| value == "enabled");
    labels
        .get(LABEL_ISTIO_REV)
        .filter(|_| !injected)
        .map_or(DEFAULT_REVISION, String::as_str)
}
