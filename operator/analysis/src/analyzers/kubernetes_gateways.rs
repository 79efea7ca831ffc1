//! The Gateway API: policies that must name its Gateways, and CRDs that are too old.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::{View, is_subset};

pub(super) const SELECTORS: Analyzer = Analyzer {
    name: "k8sgateway.SelectorAnalyzer",
    about: "Policies that select pods of a Kubernetes Gateway by labels",
    codes: &[Code::IneffectiveSelector],
    inputs: &[Kind::Pod],
    run: selectors,
};

pub(super) const CRDS: Analyzer = Analyzer {
    name: "k8sgateway.CRDVersionAnalyzer",
    about: "CRDs of the Gateway API that are too old",
    codes: &[Code::GatewayAPICRDVersionBelowMinimum],
    inputs: &[Kind::CustomResourceDefinition],
    run: crds,
};

/// Label of a Gateway's pods with its name.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// Annotation with the release of the Gateway API that a CRD is from.
const BUNDLE: &str = "gateway.networking.k8s.io/bundle-version";
/// The oldest release, as major and minor, that Istio 1.30 reads.
const OLDEST: [(&str, (u32, u32)); 3] = [
    ("grpcroutes.gateway.networking.k8s.io", (1, 1)),
    ("backendtlspolicies.gateway.networking.k8s.io", (1, 4)),
    ("tlsroutes.gateway.networking.k8s.io", (1, 5)),
];

fn selectors(view: &View<'_>, report: &mut Report) {
    let objects = &view.snapshot.objects;
    for one in &objects.authorization_policies {
        let is_named = one.spec.target_ref.is_some() || !one.spec.target_refs.is_empty();
        let labels = one.spec.selector.as_ref().map(|s| &s.match_labels);
        selector(view, &one.about, is_named, labels, report);
    }
    for one in &objects.request_authentications {
        let is_named = one.spec.target_ref.is_some() || !one.spec.target_refs.is_empty();
        let labels = one.spec.selector.as_ref().map(|s| &s.match_labels);
        selector(view, &one.about, is_named, labels, report);
    }
    for one in &objects.telemetries {
        let is_named = one.spec.target_ref.is_some() || !one.spec.target_refs.is_empty();
        let labels = one.spec.selector.as_ref().map(|s| &s.match_labels);
        selector(view, &one.about, is_named, labels, report);
    }
    for one in &objects.wasm_plugins {
        let is_named = one.spec.target_ref.is_some() || !one.spec.target_refs.is_empty();
        let labels = one.spec.selector.as_ref().map(|s| &s.match_labels);
        selector(view, &one.about, is_named, labels, report);
    }
}

fn selector(
    view: &View<'_>,
    about: &Arc<Resource>,
    is_named: bool,
    labels: Option<&BTreeMap<String, String>>,
    report: &mut Report,
) {
    let Some(labels) = labels.filter(|labels| !labels.is_empty() && !is_named) else {
        return;
    };
    let mut gateways: Vec<&str> = view
        .workloads
        .of(&about.namespace)
        .iter()
        .filter(|pod| is_subset(labels, pod.labels))
        .filter_map(|pod| pod.labels.get(GATEWAY_NAME).map(String::as_str))
        .collect();
    gateways.sort_unstable();
    gateways.dedup();
    for gateway in gateways {
        report.field(
            Code::IneffectiveSelector,
            about,
            "spec.selector",
            format!("a selector has no effect on the Kubernetes Gateway {gateway}; name it in targetRefs"),
        );
    }
}

fn crds(view: &View<'_>, report: &mut Report) {
    for crd in &view.snapshot.objects.crds {
        let oldest = OLDEST.iter().find(|(name, _)| *name == crd.about.name);
        let bundle = crd.about.annotations.get(BUNDLE);
        let Some(((_, oldest), bundle)) = oldest.zip(bundle) else {
            continue;
        };
        if release(bundle).is_some_and(|release| release < *oldest) {
            report.whole(
                Code::GatewayAPICRDVersionBelowMinimum,
                &crd.about,
                format!(
                    "the CRD is of Gateway API {bundle}, Istio reads it from {}.{} on: these resources are not \
                     looked at",
                    oldest.0, oldest.1
                ),
            );
        }
    }
}

/// Major and minor of `v1.4.0`.
fn release(bundle: &str) -> Option<(u32, u32)> {
    let mut parts = bundle.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
