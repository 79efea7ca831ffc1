//! `spec.components`: what is installed and how it sits in Kubernetes.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{self, FreeObject};

/// The parts of a mesh, by the names they have in an `IstioOperator`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// CRDs and what every control plane of the cluster shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Component>,
    /// istiod, the control plane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pilot: Option<Component>,
    /// The istio-cni node agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cni: Option<Component>,
    /// The ztunnel node proxy of ambient mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ztunnel: Option<Component>,
    /// The older name for the remote parts of `pilot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub istiod_remote: Option<Component>,
    /// Ingress gateways; a list here replaces the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub ingress_gateways: Option<Vec<Gateway>>,
    /// Egress gateways; a list here replaces the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub egress_gateways: Option<Vec<Gateway>>,
}

/// One part of a mesh. A part that is mentioned is enabled unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Whether the part is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Namespace of the part, when it is not the control plane's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
    /// Registry and path of the part's image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub hub: Option<String>,
    /// Tag of the part's image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::int_or_string")]
    pub tag: Option<IntOrString>,
    /// Kubernetes settings of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k8s: Option<KubernetesSettings>,
}

/// One gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Name of the gateway and of its objects.
    #[schemars(
        length(min = 1, max = 48),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Labels of the gateway's pods, over the ones it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<BTreeMap<String, String>>,
    /// Everything a component has.
    #[serde(flatten)]
    pub component: Component,
}

/// Kubernetes settings of a component, laid over the rendered objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesSettings {
    /// Pod affinity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub affinity: Option<FreeObject>,
    /// Environment variables of the main container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_objects")]
    pub env: Option<Vec<FreeObject>>,
    /// Spec of the `HorizontalPodAutoscaler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub hpa_spec: Option<FreeObject>,
    /// When images are pulled: `Always`, `IfNotPresent` or `Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<String>,
    /// Node labels that pods need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Spec of the `PodDisruptionBudget`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub pod_disruption_budget: Option<FreeObject>,
    /// Annotations of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_annotations: Option<BTreeMap<String, String>>,
    /// Priority class of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_class_name: Option<String>,
    /// Readiness probe of the main container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub readiness_probe: Option<FreeObject>,
    /// Number of pods, where no autoscaler decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub replica_count: Option<i32>,
    /// Resources of the main container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub resources: Option<FreeObject>,
    /// Spec of the Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub service: Option<FreeObject>,
    /// Annotations of the Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_annotations: Option<BTreeMap<String, String>>,
    /// Deployment strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub strategy: Option<FreeObject>,
    /// Pod tolerations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_objects")]
    pub tolerations: Option<Vec<FreeObject>>,
    /// Pod security context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub security_context: Option<FreeObject>,
    /// Volumes of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_objects")]
    pub volumes: Option<Vec<FreeObject>>,
    /// Volume mounts of the main container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_objects")]
    pub volume_mounts: Option<Vec<FreeObject>>,
    /// Changes to single fields of rendered objects, made last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlays: Option<Vec<Overlay>>,
}

/// Changes to one rendered object, found by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overlay {
    /// Accepted for `IstioOperator`'s sake; kind and name decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// The changes, in order.
    pub patches: Vec<OverlayPatch>,
}

/// One change: `path` such as `spec.template.spec.containers.[name:discovery].image`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverlayPatch {
    /// Where: field names, `[key:value]`, `[:value]` or `[index]`, joined by dots.
    pub path: String,
    /// The new value; without one, what is there is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any_value")]
    pub value: Option<Value>,
}
