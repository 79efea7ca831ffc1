//! Values of the gateway chart, as an ingress gateway of the mesh.

use mainsheet_profiles::merge::put;
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::helm::lay;

const DEFAULT: &str = "istio-ingressgateway";
const SHARED: &str = "values.gateways.istio-ingressgateway";

/// Settings that have the same name and meaning under `k8s`.
const SAME: [&str; 13] = [
    "affinity",
    "imagePullPolicy",
    "nodeSelector",
    "podAnnotations",
    "podDisruptionBudget",
    "priorityClassName",
    "readinessProbe",
    "replicaCount",
    "resources",
    "strategy",
    "tolerations",
    "volumeMounts",
    "volumes",
];

/// Adds the gateway that these values of the chart describe.
pub(super) fn add(values: &Map<String, Value>, draft: &mut Draft) {
    let name = values
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty());
    if name.is_none() {
        let reason = format!("the chart takes the name of its release, here it is {DEFAULT}");
        draft.moved("name", reason);
    }
    let mut gateway = json!({"name": name.unwrap_or(DEFAULT), "enabled": true});
    for (key, value) in values {
        setting(key, value, &mut gateway, draft);
    }
    draft.moved(
        "kind",
        "pods of a gateway are rendered whole here, where the chart has them injected",
    );
    let list = &mut draft.spec["components"]["ingressGateways"];
    match list.as_array_mut() {
        Some(list) => list.push(gateway),
        None => *list = json!([gateway]),
    }
}

fn setting(key: &str, value: &Value, gateway: &mut Value, draft: &mut Draft) {
    let empty = value.as_object().is_some_and(Map::is_empty) || value.is_null();
    match key {
        _ if empty => {}
        "name" => {}
        "kind" if value == "Deployment" => {}
        "rbac" | "serviceAccount" if is_default(value) => {}
        "global" | "platform" | "profile" | "compatibilityVersion" => {
            lay(&format!("values.{key}"), value, draft);
        }
        "revision" if value == "" => {}
        "revision" => lay("values.revision", value, draft),
        "labels" => put(gateway, "label", value.clone()),
        "env" => put(gateway, "k8s.env", env(value)),
        "securityContext" => put(gateway, "k8s.securityContext", value.clone()),
        "service" => service(value, gateway),
        "autoscaling" => autoscaling(value, gateway, draft),
        key if SAME.contains(&key) => put(gateway, &format!("k8s.{key}"), value.clone()),
        key => draft.lost(key, "a gateway of a MeshInstallation has no such setting"),
    }
}

/// Role and account are always made.
fn is_default(value: &Value) -> bool {
    let fields = value.as_object().into_iter().flatten();
    fields.into_iter().all(|(key, value)| {
        matches!(key.as_str(), "enabled" | "create") && *value == true
            || *value == json!({})
            || value == ""
    })
}

fn env(value: &Value) -> Value {
    let variables = value.as_object().into_iter().flatten();
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    variables
        .map(|(name, value)| json!({"name": name, "value": text(value)}))
        .collect()
}

fn service(value: &Value, gateway: &mut Value) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let empty = value == "" || *value == json!({}) || *value == json!([]) || value.is_null();
        match key.as_str() {
            _ if empty => {}
            "annotations" => put(gateway, "k8s.serviceAnnotations", value.clone()),
            key => put(gateway, &format!("k8s.service.{key}"), value.clone()),
        }
    }
}

fn autoscaling(value: &Value, gateway: &mut Value, draft: &mut Draft) {
    for (key, value) in value.as_object().into_iter().flatten() {
        match key.as_str() {
            "enabled" if *value == true => {}
            "enabled" => lay(&format!("{SHARED}.autoscaleEnabled"), value, draft),
            "minReplicas" | "maxReplicas" => {
                put(gateway, &format!("k8s.hpaSpec.{key}"), value.clone());
            }
            "targetCPUUtilizationPercentage" => put(
                gateway,
                "k8s.hpaSpec.metrics",
                json!([{"type": "Resource", "resource": {"name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": value}}}]),
            ),
            "autoscaleBehavior" => put(gateway, "k8s.hpaSpec.behavior", value.clone()),
            key => draft.lost(
                format!("autoscaling.{key}"),
                "not among the chart's settings that have a counterpart; see k8s.hpaSpec",
            ),
        }
    }
}
