//! Annotations in Istio's name: known, on the right kind, and with a value that they may have.

mod known;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use known::{Stage, find};

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::{INJECT, View};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "annotations.K8sAnalyzer",
    about: "Annotations of Istio's that are unknown, misplaced, wrong, new or old",
    codes: &[
        Code::MisplacedAnnotation,
        Code::UnknownAnnotation,
        Code::InvalidAnnotation,
        Code::DeprecatedAnnotation,
        Code::AlphaAnnotation,
    ],
    inputs: &[],
    run,
};

/// Annotations that Istio itself puts on objects.
const OF_ISTIO: [&str; 3] = [
    "sidecar.istio.io/status",
    "gateway.istio.io/controller-version",
    "istio.io/rev",
];

/// Where annotations stand.
struct Spot<'a> {
    about: &'a Arc<Resource>,
    /// The kind of what they are on: of a Deployment's template, `Pod`.
    kind: &'static str,
    path: &'static str,
    labels: &'a BTreeMap<String, String>,
}

fn run(view: &View<'_>, report: &mut Report) {
    let objects = &view.snapshot.objects;
    let heads = (objects.namespaces.iter().map(|one| &one.about))
        .chain(objects.services.iter().map(|one| &one.about))
        .chain(objects.deployments.iter().map(|one| &one.about))
        .chain(objects.stateful_sets.iter().map(|one| &one.about))
        .chain(objects.daemon_sets.iter().map(|one| &one.about));
    for about in heads.filter(|about| !about.is_istios_own()) {
        let spot = Spot {
            about,
            kind: about.kind.as_str(),
            path: "metadata.annotations",
            labels: &about.labels,
        };
        check(&spot, &about.annotations, report);
    }
    for pod in view.workloads.all() {
        let about = pod.about;
        let is_pod = about.kind == Kind::Pod;
        // What is wrong with a template is said once, and not of each of its pods.
        if about.is_istios_own() || about.is_made {
            continue;
        }
        let spot = Spot {
            about,
            kind: "Pod",
            path: if is_pod {
                "metadata.annotations"
            } else {
                "spec.template.metadata.annotations"
            },
            labels: pod.labels,
        };
        check(&spot, pod.annotations, report);
    }
}

/// Whether an annotation is Istio's by its name.
fn is_istios(name: &str) -> bool {
    let prefix = name.split_once('/').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix == "istio.io" || prefix.ends_with(".istio.io"))
        || name == "kubernetes.io/ingress.class"
}

fn check(spot: &Spot<'_>, annotations: &BTreeMap<String, String>, report: &mut Report) {
    for (name, value) in annotations {
        if !is_istios(name) || OF_ISTIO.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{}[\"{name}\"]", spot.path);
        let Some(known) = find(name) else {
            report.field(
                Code::UnknownAnnotation,
                spot.about,
                path,
                format!("Istio knows no annotation {name}"),
            );
            continue;
        };
        // Whoever has the label as well has the annotation for older versions.
        let has_successor = name == INJECT && spot.labels.contains_key(INJECT);
        if known.stage == Stage::Deprecated && !has_successor {
            let instead = if name == INJECT {
                "; use the label of that name"
            } else {
                ""
            };
            report.field(
                Code::DeprecatedAnnotation,
                spot.about,
                &path,
                format!("the annotation {name} is on its way out{instead}"),
            );
        }
        if !known.kinds.is_empty() && !known.kinds.contains(&spot.kind) {
            report.field(
                Code::MisplacedAnnotation,
                spot.about,
                path,
                format!("the annotation {name} is for: {}", known.kinds.join(", ")),
            );
            continue;
        }
        if known.stage == Stage::Alpha && !known.kinds.is_empty() {
            report.field(
                Code::AlphaAnnotation,
                spot.about,
                &path,
                format!("the annotation {name} is alpha: it may change or go"),
            );
        }
        if let Some(problem) = values::problem(name, value) {
            report.field(
                Code::InvalidAnnotation,
                spot.about,
                path,
                format!("the annotation {name}: {problem}"),
            );
        }
    }
}
