//! The known settings as patches. Lists that Kubernetes merges by a key are merged by it here too;
//! other lists are replaced; null takes a field away.

use mainsheet_crds::installation::KubernetesSettings;
use mainsheet_profiles::ComponentKind;
use serde_json::{Map, Value, json};

use super::Target;
use crate::Wave;

/// Lays the known settings over the workload, Service, autoscaler and budget of a component.
pub(super) fn apply(target: &Target<'_>, k8s: &KubernetesSettings, objects: &mut [(Wave, Value)]) {
    for (kind, patch) in patches(target, k8s) {
        let name = match kind {
            "Service" => &target.service,
            _ => &target.name,
        };
        for (_, object) in objects.iter_mut() {
            if object["kind"] == kind && object["metadata"]["name"] == *name {
                strategic(object, &patch, "");
                if kind == "PodDisruptionBudget" {
                    one_bound(object);
                }
            }
        }
    }
}

fn patches(target: &Target<'_>, k8s: &KubernetesSettings) -> Vec<(&'static str, Value)> {
    // Without `..`: a setting that is added must be dealt with here.
    let KubernetesSettings {
        affinity,
        env,
        hpa_spec,
        image_pull_policy,
        node_selector,
        pod_disruption_budget,
        pod_annotations,
        priority_class_name,
        readiness_probe,
        replica_count,
        resources,
        service,
        service_annotations,
        strategy,
        tolerations,
        security_context,
        volumes,
        volume_mounts,
        overlays: _,
    } = k8s;
    let workload = target.workload;
    let mut out = Vec::new();
    let pod = [
        ("affinity", json!(affinity)),
        ("nodeSelector", json!(node_selector)),
        ("priorityClassName", json!(priority_class_name)),
        ("tolerations", json!(tolerations)),
        ("securityContext", json!(security_context)),
        ("volumes", json!(volumes)),
    ];
    for (key, value) in given(pod) {
        out.push((
            workload,
            json!({ "spec": { "template": { "spec": { key: value } } } }),
        ));
    }
    let container = [
        ("env", json!(env)),
        ("imagePullPolicy", json!(image_pull_policy)),
        ("readinessProbe", json!(readiness_probe)),
        ("resources", json!(resources)),
        ("volumeMounts", json!(volume_mounts)),
    ];
    for (key, value) in given(container) {
        let container = json!({ "name": target.container, key: value });
        let pod = json!({ "containers": [container] });
        out.push((workload, json!({ "spec": { "template": { "spec": pod } } })));
    }
    if let Some(annotations) = pod_annotations {
        let metadata = json!({ "annotations": annotations });
        out.push((
            workload,
            json!({ "spec": { "template": { "metadata": metadata } } }),
        ));
    }
    for (key, value) in given([
        ("replicas", json!(replica_count)),
        ("strategy", json!(strategy)),
    ]) {
        out.push((workload, json!({ "spec": { key: value } })));
    }
    if let Some(service) = service {
        out.push(("Service", json!({ "spec": of_service(target, service) })));
    }
    if let Some(annotations) = service_annotations {
        out.push((
            "Service",
            json!({ "metadata": { "annotations": annotations } }),
        ));
    }
    if let Some(hpa) = hpa_spec {
        out.push(("HorizontalPodAutoscaler", json!({ "spec": hpa })));
    }
    if let Some(budget) = pod_disruption_budget {
        out.push(("PodDisruptionBudget", json!({ "spec": budget })));
    }
    out
}

fn given<const N: usize>(
    fields: [(&'static str, Value); N],
) -> impl Iterator<Item = (&'static str, Value)> {
    fields.into_iter().filter(|(_, value)| !value.is_null())
}

/// A gateway's ports are rendered already: its pods have them too.
fn of_service(target: &Target<'_>, service: &Map<String, Value>) -> Value {
    let mut service = service.clone();
    if matches!(
        target.component.kind,
        ComponentKind::Ingress | ComponentKind::Egress
    ) {
        service.remove("ports");
    }
    Value::Object(service)
}

/// A budget has one bound. The default one gives way to the one that is given.
fn one_bound(object: &mut Value) {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
        && spec.contains_key("maxUnavailable")
    {
        spec.remove("minAvailable");
    }
}

/// The key by which Kubernetes merges a list, if it does.
fn merge_key(field: &str) -> Option<&'static str> {
    match field {
        "containers" | "env" | "volumes" | "claims" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "ports" => Some("port"),
        _ => None,
    }
}

/// Lays `patch` on `base`, which stands in the field `field`.
fn strategic(base: &mut Value, patch: &Value, field: &str) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => merge_objects(base, patch),
        (Value::Array(base), Value::Array(patch)) if merge_key(field).is_some() => {
            merge_lists(base, patch, merge_key(field).unwrap_or_default());
        }
        (base, patch) => *base = patch.clone(),
    }
}

fn merge_objects(base: &mut Map<String, Value>, patch: &Map<String, Value>) {
    if patch.get("$patch") == Some(&json!("replace")) {
        base.clear();
    }
    for (key, value) in patch.iter().filter(|(key, _)| *key != "$patch") {
        match base.get_mut(key) {
            _ if value.is_null() => {
                base.remove(key);
            }
            Some(present) => strategic(present, value, key),
            None => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

fn merge_lists(base: &mut Vec<Value>, patch: &[Value], key: &str) {
    for item in patch {
        let same = |other: &Value| other.get(key).is_some() && other.get(key) == item.get(key);
        if item.get("$patch") == Some(&json!("delete")) {
            base.retain(|other| !same(other));
            continue;
        }
        match base.iter_mut().find(|other| same(other)) {
            Some(present) => strategic(present, item, ""),
            None => base.push(item.clone()),
        }
    }
}
