//! Pods that are there, and those that Deployments, StatefulSets and DaemonSets would make: files
//! have no pods, and a Deployment may be scaled to nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};

use super::labels::is_subset;
use crate::kind::Kind;
use crate::resource::Resource;
use crate::snapshot::Snapshot;

/// Name of the proxy's container.
pub(crate) const PROXY: &str = "istio-proxy";
/// Label, and older annotation, by which a pod decides about its proxy.
pub(crate) const INJECT: &str = "sidecar.istio.io/inject";
/// Label by which a namespace or a pod is in ambient mode.
pub(crate) const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// Label by which a namespace decides about its pods' proxies.
pub(crate) const INJECTION: &str = "istio-injection";

/// A pod, or the template of pods.
#[derive(Debug)]
pub(crate) struct Workload<'a> {
    /// The object that it is, or that makes it.
    pub(crate) about: &'a Arc<Resource>,
    pub(crate) labels: &'a BTreeMap<String, String>,
    pub(crate) annotations: &'a BTreeMap<String, String>,
    pub(crate) spec: &'a PodSpec,
    /// Whether it is, or would be, part of the mesh with a sidecar.
    pub(crate) has_sidecar: bool,
    /// Whether it is part of the mesh without one.
    pub(crate) is_ambient: bool,
}

/// All of them, by namespace.
#[derive(Debug)]
pub(crate) struct Workloads<'a> {
    by_namespace: HashMap<&'a str, Vec<Workload<'a>>>,
}

// === impl Workloads ===

impl<'a> Workloads<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let objects = &snapshot.objects;
        let pods = objects.pods.iter().filter_map(|pod| {
            let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref());
            let is_over = matches!(phase, Some("Succeeded" | "Failed"));
            let spec = pod.spec.as_ref().filter(|_| !is_over)?;
            Some((&pod.about, &pod.about.labels, &pod.about.annotations, spec))
        });
        let templates = (objects.deployments.iter())
            .filter_map(|d| Some((&d.about, &d.spec.as_ref()?.template)))
            .chain(
                (objects.stateful_sets.iter())
                    .filter_map(|s| Some((&s.about, &s.spec.as_ref()?.template))),
            )
            .chain(
                (objects.daemon_sets.iter())
                    .filter_map(|d| Some((&d.about, &d.spec.as_ref()?.template))),
            );
        let made = templates.filter_map(|(about, template)| {
            let (labels, annotations) = marks(template);
            Some((about, labels, annotations, template.spec.as_ref()?))
        });
        let mut by_namespace: HashMap<&str, Vec<Workload<'a>>> = HashMap::new();
        for (about, labels, annotations, spec) in pods.chain(made) {
            let namespace = snapshot.find(Kind::Namespace, "", &about.namespace);
            let on_namespace = namespace.map_or(&*EMPTY, |namespace| &namespace.labels);
            by_namespace
                .entry(about.namespace.as_str())
                .or_default()
                .push(Workload {
                    about,
                    labels,
                    annotations,
                    spec,
                    has_sidecar: has_sidecar(labels, annotations, spec, on_namespace),
                    is_ambient: is_ambient_pod(labels, annotations, on_namespace),
                });
        }
        Self { by_namespace }
    }

    /// Those of one namespace.
    pub(crate) fn of(&self, namespace: &str) -> &[Workload<'a>] {
        self.by_namespace.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Workload<'a>> {
        self.by_namespace.values().flatten()
    }

    /// Those of a namespace that have these labels.
    pub(crate) fn selected<'b>(
        &'b self,
        namespace: &str,
        selector: &'b BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'b Workload<'a>> {
        self.of(namespace)
            .iter()
            .filter(|workload| is_subset(selector, workload.labels))
    }

    /// Those of all namespaces that have these labels.
    pub(crate) fn selected_anywhere<'b>(
        &'b self,
        selector: &'b BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'b Workload<'a>> {
        self.all()
            .filter(|workload| is_subset(selector, workload.labels))
    }
}

static EMPTY: LazyLock<BTreeMap<String, String>> = LazyLock::new(BTreeMap::new);

/// Labels and annotations of a template.
fn marks(template: &PodTemplateSpec) -> (&BTreeMap<String, String>, &BTreeMap<String, String>) {
    let metadata = template.metadata.as_ref();
    (
        metadata.and_then(|m| m.labels.as_ref()).unwrap_or(&EMPTY),
        metadata
            .and_then(|m| m.annotations.as_ref())
            .unwrap_or(&EMPTY),
    )
}

fn has_sidecar(
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
    spec: &PodSpec,
    namespace: &BTreeMap<String, String>,
) -> bool {
    if containers(spec).any(|container| container.name == PROXY) {
        return true;
    }
    if let Some(value) = labels.get(INJECT).or_else(|| annotations.get(INJECT)) {
        return value == "true";
    }
    match namespace.get(INJECTION) {
        Some(value) => value == "enabled",
        None => namespace.contains_key(mainsheet_crds::meta::LABEL_ISTIO_REV),
    }
}

fn is_ambient_pod(
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
    namespace: &BTreeMap<String, String>,
) -> bool {
    let redirected = annotations.get("ambient.istio.io/redirection");
    match (redirected, labels.get(DATAPLANE_MODE)) {
        (Some(value), _) => value == "enabled",
        (None, Some(mode)) => mode == "ambient",
        (None, None) => is_ambient(namespace),
    }
}

/// Whether a namespace with these labels is in ambient mode.
pub(crate) fn is_ambient(labels: &BTreeMap<String, String>) -> bool {
    labels
        .get(DATAPLANE_MODE)
        .is_some_and(|mode| mode == "ambient")
        && labels.get(INJECTION).is_none_or(|value| value != "enabled")
}

/// The containers of a pod, those that run before the others too: a proxy may be one.
pub(crate) fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers
        .iter()
        .chain(spec.init_containers.iter().flatten())
}
