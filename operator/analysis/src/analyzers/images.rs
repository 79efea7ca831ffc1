//! Images of proxies: the one that would be injected now, and those that wait for an injector.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhook;
use mainsheet_crds::meta::LABEL_ISTIO_REV;

use super::Analyzer;
use super::injection::{gets_proxies, revision};
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::snapshot::Snapshot;
use crate::view::{
    INJECT, PROXY, View, Workload, config_map, containers, of_revision, parsed, selector_matches,
};

pub(super) const MISMATCH: Analyzer = Analyzer {
    name: "injection.ImageAnalyzer",
    about: "Proxies that are not the ones that would be injected now",
    codes: &[
        Code::IstioProxyImageMismatch,
        Code::PodsIstioProxyImageMismatchInNamespace,
    ],
    inputs: &[Kind::Namespace, Kind::Pod, Kind::ConfigMap],
    run: mismatch,
};

pub(super) const AUTO: Analyzer = Analyzer {
    name: "injection.ImageAutoAnalyzer",
    about: "Pods with the image `auto` that no injector selects",
    codes: &[
        Code::ImageAutoWithoutInjectionWarning,
        Code::ImageAutoWithoutInjectionError,
    ],
    inputs: &[
        Kind::Namespace,
        Kind::Pod,
        Kind::Deployment,
        Kind::MutatingWebhookConfiguration,
    ],
    run: auto,
};

fn mismatch(view: &View<'_>, report: &mut Report) {
    let mut by_namespace: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pod in view.workloads.all() {
        if pod.about.kind != Kind::Pod || !pod.has_sidecar {
            continue;
        }
        let namespace = view
            .snapshot
            .find(Kind::Namespace, "", &pod.about.namespace);
        let by_namespace_label = namespace.is_some_and(|one| gets_proxies(&one.labels));
        let by_itself = pod.labels.get(INJECT).is_some_and(|value| value == "true");
        let revision = match (namespace.filter(|_| by_namespace_label), by_itself) {
            (Some(namespace), _) => revision(&namespace.labels),
            (None, true) => pod.labels.get(LABEL_ISTIO_REV).map_or("default", |r| r),
            (None, false) => continue,
        };
        let Some((has, wanted)) = differs(view.snapshot, pod, revision) else {
            continue;
        };
        if by_namespace_label {
            let pods = by_namespace.entry(&pod.about.namespace).or_default();
            pods.push(&pod.about.name);
        } else {
            report.whole(
                Code::IstioProxyImageMismatch,
                pod.about,
                format!("the proxy is {has}, now {wanted} would be injected; restart the workload"),
            );
        }
    }
    for (namespace, mut pods) in by_namespace {
        pods.sort_unstable();
        if let Some(about) = view.snapshot.find(Kind::Namespace, "", namespace) {
            report.whole(
                Code::PodsIstioProxyImageMismatchInNamespace,
                about,
                format!(
                    "proxies are not those that would be injected now, as after an upgrade; restart the \
                     workloads of: {}",
                    pods.join(", ")
                ),
            );
        }
    }
}

/// The proxy's image and the one that would be injected, if they differ.
fn differs(snapshot: &Snapshot, pod: &Workload<'_>, revision: &str) -> Option<(String, String)> {
    // Whoever asks for an image of their own gets it.
    if pod.annotations.contains_key("sidecar.istio.io/proxyImage") {
        return None;
    }
    let name = of_revision("istio-sidecar-injector", revision);
    let values = config_map(snapshot, &name, "values").and_then(parsed)?;
    let global = &values["global"];
    let image = global["proxy"]["image"].as_str()?;
    let wanted = if image.contains('/') {
        image.to_owned()
    } else {
        let tag = &global["tag"];
        let tag = tag.as_str().map_or_else(|| tag.to_string(), str::to_owned);
        format!("{}/{image}:{tag}", global["hub"].as_str()?)
    };
    let proxy = containers(pod.spec).find(|container| container.name == PROXY)?;
    let has = proxy.image.clone()?;
    // Variants, such as distroless, are a suffix of the tag.
    let is_variant = has
        .strip_prefix(&wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    (!is_variant).then_some((has, wanted))
}

fn auto(view: &View<'_>, report: &mut Report) {
    let webhooks: Vec<&MutatingWebhook> = view
        .snapshot
        .objects
        .webhooks
        .iter()
        .flat_map(|config| config.webhooks.iter().flatten())
        .filter(|webhook| webhook.name.ends_with("istio.io"))
        .collect();
    for pod in view.workloads.all() {
        let mut found = containers(pod.spec);
        let waits = found.any(|one| one.name == PROXY && one.image.as_deref() == Some("auto"));
        if !waits {
            continue;
        }
        // Files may leave the control plane out.
        if webhooks.is_empty() && !view.snapshot.is_live {
            continue;
        }
        let is_selected = webhooks.iter().any(|one| selects(view.snapshot, one, pod));
        let is_there = pod.about.kind == Kind::Pod && pod.about.place.is_none();
        if is_there {
            report.whole(
                Code::ImageAutoWithoutInjectionError,
                pod.about,
                "the proxy's image is `auto`: no injector has replaced it, and it cannot be pulled",
            );
        } else if !is_selected {
            report.whole(
                Code::ImageAutoWithoutInjectionWarning,
                pod.about,
                "the proxy's image is `auto`, but no injection webhook selects the pods",
            );
        }
    }
}

fn selects(snapshot: &Snapshot, webhook: &MutatingWebhook, pod: &Workload<'_>) -> bool {
    let about = snapshot.find(Kind::Namespace, "", &pod.about.namespace);
    let labels = namespace_labels(about.map(AsRef::as_ref), &pod.about.namespace);
    selector_matches(webhook.namespace_selector.as_ref(), &labels)
        && selector_matches(webhook.object_selector.as_ref(), pod.labels)
}

/// A namespace's labels, with the one that Kubernetes always sets.
fn namespace_labels(about: Option<&Resource>, name: &str) -> BTreeMap<String, String> {
    let mut labels = about.map(|about| about.labels.clone()).unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
    labels
}
