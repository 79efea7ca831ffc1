//! Kubernetes settings of components, laid over the rendered objects: known fields first, as
//! strategic merge patches on the workload and what belongs to it; then overlays.

mod overlay;
mod patch;
mod path;

use mainsheet_crds::installation::{KubernetesSettings, Overlay};
use mainsheet_profiles::merge::{put, truthy};
use mainsheet_profiles::{Addon, Component, ComponentKind, Resolved};
use serde_json::{Map, Value, json};

use crate::Wave;
use crate::render::RenderError;

/// What the settings of a component are laid over.
struct Target<'a> {
    /// Kind of its workload.
    workload: &'static str,
    /// Name of the workload, and of the autoscaler and budget beside it.
    name: String,
    /// Name of the Service; mostly the same.
    service: String,
    /// Main container.
    container: &'static str,
    /// Path in the spec.
    path: String,
    component: &'a Component,
}

/// The mesh as the templates of this component see it, where that is not as all others see it: in
/// versions that do so, settings for the number of pods and their CPU are values too, so that what
/// depends on them is made.
pub(crate) fn mesh_of(resolved: &Resolved, component: &Component) -> Option<Resolved> {
    let scaling = matches!(resolved.minor(), 28) || resolved.minor() >= 31;
    let k8s = component.k8s.as_ref().filter(|_| scaling)?;
    let root = match component.kind {
        ComponentKind::Base | ComponentKind::Addon(_) => return None,
        ComponentKind::Pilot => "pilot",
        ComponentKind::Cni => "cni",
        ComponentKind::Ztunnel => "ztunnel",
        ComponentKind::Ingress => "gateways.istio-ingressgateway",
        ComponentKind::Egress => "gateways.istio-egressgateway",
    };
    let mut values = Value::Object(resolved.values.clone());
    let workload_scales = !matches!(component.kind, ComponentKind::Cni | ComponentKind::Ztunnel);
    if workload_scales {
        scale(&mut values, root, k8s);
    }
    if resolved.minor() >= 31 {
        for kind in ["limits", "requests"] {
            let cpu = k8s
                .resources
                .as_ref()
                .and_then(|r| r.get(kind))
                .and_then(|r| r.get("cpu"));
            if let Some(cpu) = cpu.filter(|cpu| truthy(Some(cpu))) {
                put(
                    &mut values,
                    &format!("{root}.resources.{kind}.cpu"),
                    cpu.clone(),
                );
            }
        }
    }
    let values = match values {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    Some(Resolved {
        values,
        ..resolved.clone()
    })
}

fn scale(values: &mut Value, root: &str, k8s: &KubernetesSettings) {
    let hpa = k8s.hpa_spec.as_ref();
    let pods = |key: &str| hpa.and_then(|hpa| hpa.get(key)).and_then(Value::as_u64);
    if let Some(min) = pods("minReplicas") {
        put(values, &format!("{root}.autoscaleMin"), json!(min));
    }
    if let Some(max) = pods("maxReplicas").filter(|max| *max > 0) {
        put(values, &format!("{root}.autoscaleMax"), json!(max));
    }
    if let Some(count) = k8s.replica_count.filter(|count| *count > 0) {
        put(values, &format!("{root}.replicaCount"), json!(count));
    }
}

/// Lays the settings of a component over its objects.
pub(crate) fn apply(
    resolved: &Resolved,
    component: &Component,
    objects: &mut [(Wave, Value)],
) -> Result<(), RenderError> {
    let Some(k8s) = &component.k8s else {
        return Ok(());
    };
    let target = Target::new(resolved, component);
    patch::apply(&target, k8s, objects);
    for (index, overlay) in k8s.overlays.iter().flatten().enumerate() {
        let path = format!("{}.k8s.overlays[{index}]", target.path);
        lay(overlay, &path, objects)?;
    }
    Ok(())
}

fn lay(overlay: &Overlay, path: &str, objects: &mut [(Wave, Value)]) -> Result<(), RenderError> {
    let is_meant = |object: &Value| {
        object["kind"] == overlay.kind && object["metadata"]["name"] == overlay.name
    };
    let mut found = false;
    for (_, object) in objects.iter_mut().filter(|(_, object)| is_meant(object)) {
        found = true;
        for (number, change) in overlay.patches.iter().enumerate() {
            overlay::apply(object, change).map_err(|problem| RenderError::Setting {
                path: format!("{path}.patches[{number}]"),
                problem,
            })?;
        }
    }
    if found {
        return Ok(());
    }
    let names: Vec<String> = objects
        .iter()
        .filter(|(_, object)| object["kind"] == overlay.kind)
        .filter_map(|(_, object)| object["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    let allowed = if names.is_empty() {
        "none of this kind".to_owned()
    } else {
        names.join(", ")
    };
    let given = format!("{} {:?}", overlay.kind, overlay.name);
    Err(RenderError::Setting {
        path: path.to_owned(),
        problem: format!("the component has no {given}; it has: {allowed}"),
    })
}

// === impl Target ===

impl<'a> Target<'a> {
    fn new(resolved: &Resolved, component: &'a Component) -> Self {
        let gateway = |list: &str| format!("spec.components.{list}[name:{}]", component.name);
        let own = component.name.clone();
        let (workload, name, container, path) = match component.kind {
            ComponentKind::Base => ("", String::new(), "", "spec.components.base".into()),
            ComponentKind::Pilot => {
                let name = match resolved.revision.as_str() {
                    "" => "istiod".to_owned(),
                    revision => format!("istiod-{revision}"),
                };
                (
                    "Deployment",
                    name,
                    "discovery",
                    "spec.components.pilot".into(),
                )
            }
            ComponentKind::Cni => (
                "DaemonSet",
                "istio-cni-node".into(),
                "install-cni",
                "spec.components.cni".into(),
            ),
            ComponentKind::Ztunnel => (
                "DaemonSet",
                "ztunnel".into(),
                "istio-proxy",
                "spec.components.ztunnel".into(),
            ),
            ComponentKind::Ingress => {
                ("Deployment", own, "istio-proxy", gateway("ingressGateways"))
            }
            ComponentKind::Egress => ("Deployment", own, "istio-proxy", gateway("egressGateways")),
            ComponentKind::Addon(addon) => {
                let workload = match addon {
                    Addon::Loki => "StatefulSet",
                    Addon::Prometheus
                    | Addon::Jaeger
                    | Addon::Zipkin
                    | Addon::Grafana
                    | Addon::Kiali => "Deployment",
                };
                let path = format!("spec.addons.{own}");
                (workload, own, addon.as_str(), path)
            }
        };
        let service = match component.kind {
            // The one with its user interface: Jaeger has none of its own name.
            ComponentKind::Addon(Addon::Jaeger) => "tracing".to_owned(),
            ComponentKind::Base
            | ComponentKind::Pilot
            | ComponentKind::Cni
            | ComponentKind::Ztunnel
            | ComponentKind::Ingress
            | ComponentKind::Egress
            | ComponentKind::Addon(_) => name.clone(),
        };
        Self {
            workload,
            name,
            service,
            container,
            path,
            component,
        }
    }
}
