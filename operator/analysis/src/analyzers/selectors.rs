//! Sidecars and Telemetries: pods that they select, and that no two are for the same ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::{View, is_ambient, text_of};

pub(super) const SIDECARS: Analyzer = Analyzer {
    name: "sidecar.SelectorAnalyzer",
    about: "Pods that Sidecars select, each by one only",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::ConflictingSidecarWorkloadSelectors,
        Code::MultipleSidecarsWithoutWorkloadSelectors,
        Code::IneffectivePolicy,
    ],
    inputs: &[Kind::Sidecar, Kind::Pod, Kind::Namespace],
    run: sidecars,
};

pub(super) const TELEMETRIES: Analyzer = Analyzer {
    name: "telemetry.SelectorAnalyzer",
    about: "Pods that Telemetries select, each by one only",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::ConflictingTelemetryWorkloadSelectors,
        Code::MultipleTelemetriesWithoutWorkloadSelectors,
    ],
    inputs: &[Kind::Telemetry, Kind::Pod],
    run: telemetries,
};

/// An object that is for some pods of its namespace, or for all.
struct Selecting<'a> {
    about: &'a Arc<Resource>,
    /// Empty where it is for all.
    labels: &'a BTreeMap<String, String>,
}

/// What is said of objects of one kind.
struct Words {
    kind: &'static str,
    path: &'static str,
    same_pod: Code,
    same_namespace: Code,
}

static NONE: BTreeMap<String, String> = BTreeMap::new();

fn sidecars(view: &View<'_>, report: &mut Report) {
    let objects = view.snapshot.objects.sidecars.iter();
    let all: Vec<Selecting<'_>> = objects
        .map(|sidecar| Selecting {
            about: &sidecar.about,
            labels: (sidecar.spec.workload_selector.as_ref()).map_or(&NONE, |s| &s.labels),
        })
        .collect();
    let (idle, used): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| is_idle(view, one));
    for one in idle {
        report.whole(
            Code::IneffectivePolicy,
            one.about,
            "the pods are in ambient mode and have no sidecar: this has no effect",
        );
    }
    let words = Words {
        kind: "Sidecars",
        path: "spec.workloadSelector",
        same_pod: Code::ConflictingSidecarWorkloadSelectors,
        same_namespace: Code::MultipleSidecarsWithoutWorkloadSelectors,
    };
    check(view, &used, &words, report);
}

/// Whether all that a Sidecar is for is in ambient mode.
fn is_idle(view: &View<'_>, one: &Selecting<'_>) -> bool {
    let namespace = &one.about.namespace;
    if one.labels.is_empty() {
        let about = view.snapshot.find(Kind::Namespace, "", namespace);
        return about.is_some_and(|about| is_ambient(&about.labels));
    }
    let mut pods = view.workloads.selected(namespace, one.labels).peekable();
    pods.peek().is_some() && pods.all(|pod| pod.is_ambient && !pod.has_sidecar)
}

fn telemetries(view: &View<'_>, report: &mut Report) {
    let objects = view.snapshot.objects.telemetries.iter();
    let all: Vec<Selecting<'_>> = objects
        .filter(|one| one.spec.target_ref.is_none() && one.spec.target_refs.is_empty())
        .map(|telemetry| Selecting {
            about: &telemetry.about,
            labels: (telemetry.spec.selector.as_ref()).map_or(&NONE, |s| &s.match_labels),
        })
        .collect();
    let words = Words {
        kind: "Telemetries",
        path: "spec.selector",
        same_pod: Code::ConflictingTelemetryWorkloadSelectors,
        same_namespace: Code::MultipleTelemetriesWithoutWorkloadSelectors,
    };
    check(view, &all, &words, report);
}

fn check(view: &View<'_>, all: &[Selecting<'_>], words: &Words, report: &mut Report) {
    let mut by_namespace: BTreeMap<&str, Vec<&Selecting<'_>>> = BTreeMap::new();
    for one in all {
        by_namespace
            .entry(&one.about.namespace)
            .or_default()
            .push(one);
    }
    for (namespace, group) in by_namespace {
        let (whole, some): (Vec<&Selecting<'_>>, Vec<_>) =
            group.into_iter().partition(|one| one.labels.is_empty());
        if whole.len() > 1 {
            for one in &whole {
                report.whole(
                    words.same_namespace,
                    one.about,
                    format!(
                        "several {} are for the whole of namespace {namespace}, of which one is used: {}",
                        words.kind,
                        names(&whole)
                    ),
                );
            }
        }
        same_pods(view, namespace, &some, words, report);
    }
}

fn same_pods(
    view: &View<'_>,
    namespace: &str,
    some: &[&Selecting<'_>],
    words: &Words,
    report: &mut Report,
) {
    // Of the pods that share a set of objects one is enough to say.
    let mut said: BTreeSet<Vec<&str>> = BTreeSet::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for pod in view.workloads.of(namespace) {
        let found: Vec<&Selecting<'_>> = some
            .iter()
            .copied()
            .filter(|one| crate::view::is_subset(one.labels, pod.labels))
            .collect();
        let key: Vec<&str> = found.iter().map(|one| one.about.name.as_str()).collect();
        used.extend(&key);
        if found.len() < 2 || !said.insert(key) {
            continue;
        }
        for one in &found {
            report.field(
                words.same_pod,
                one.about,
                words.path,
                format!(
                    "several {} select the pods of {}, of which one is used: {}",
                    words.kind,
                    pod.about,
                    names(&found)
                ),
            );
        }
    }
    for one in some
        .iter()
        .filter(|one| !used.contains(one.about.name.as_str()))
    {
        report.field(
            Code::ReferencedResourceNotFound,
            one.about,
            words.path,
            format!("selector matches no pods: {:?}", text_of(one.labels)),
        );
    }
}

fn names(of: &[&Selecting<'_>]) -> String {
    let names: Vec<&str> = of.iter().map(|one| one.about.name.as_str()).collect();
    names.join(", ")
}
