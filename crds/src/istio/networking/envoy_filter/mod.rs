//! `EnvoyFilter`: patches to the configuration that proxies get.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WorkloadLabels;
use crate::istio::{
    IstioStatus, PolicyTargetReference,
    kind::istio_kind,
    rules::{Cel, only_one},
};

mod filters;
mod matching;
mod patch;
mod routes;

pub use filters::{FilterChainMatch, FilterMatch, ListenerMatch, SubFilterMatch};
pub use matching::{
    ClusterMatch, ObjectMatch, PatchContext, ProxyMatch, WaypointMatch, WaypointRouteMatch,
};
pub use patch::{ApplyTo, FilterClass, Patch, PatchOperation};
pub use routes::{RouteAction, RouteConfigurationMatch, RouteMatch, VirtualHostMatch};

/// Patches the Envoy configuration that istiod makes. Patches hang on details that change from one
/// Istio version to the next.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1alpha3",
    kind = "EnvoyFilter",
    plural = "envoyfilters",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Patches to the configuration that proxies get.",
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(extend("x-kubernetes-validations" = [one_way_to_attach()]))]
pub struct EnvoyFilterSpec {
    /// The patches, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config_patches: Vec<ConfigPatch>,
    /// Order among patches of a namespace, the lowest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Resources it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<PolicyTargetReference>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_selector: Option<WorkloadLabels>,
}

istio_kind!(EnvoyFilter {
    spec: Optional EnvoyFilterSpec,
    served: ["v1alpha3"],
    stored: "v1alpha3"
});

fn one_way_to_attach() -> Cel {
    only_one(
        &["workloadSelector", "targetRefs"],
        "only one of targetRefs or workloadSelector can be set",
    )
}

/// One patch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigPatch {
    /// Which kind of part is patched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_to: Option<ApplyTo>,
    /// Which parts of this kind are patched; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_: Option<ObjectMatch>,
    /// What is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Patch>,
}
