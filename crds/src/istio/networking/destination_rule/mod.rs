//! `DestinationRule`: how a service is talked to once it is chosen.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{IstioStatus, WorkloadSelector, kind::istio_kind};

mod load_balancer;
mod locality;
mod outlier;
mod policy;

pub use load_balancer::{
    ConsistentHash, CookieAttribute, HttpCookie, LoadBalancer, Maglev, RingHash, SimpleLb, Warmup,
};
pub use locality::{LocalityDistribute, LocalityFailover, LocalityLb, ZoneAwareLb};
pub use outlier::{OutlierDetection, RetryBudget};
pub use policy::{
    ClientTlsMode, ClientTlsSettings, PortTrafficPolicy, ProxyProtocol, ProxyProtocolVersion,
    TrafficPolicy, Tunnel,
};

/// Says how traffic reaches a service after routing: balancing, pools, TLS, ejection of bad hosts,
/// and subsets of its workloads.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "DestinationRule",
    plural = "destinationrules",
    shortname = "dr",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "How a service is talked to once it is chosen.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(name = "Host", type_ = "string", json_path = ".spec.host"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct DestinationRuleSpec {
    /// Namespaces that see it: `.` for its own, `*` for all (the default).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub export_to: Vec<String>,
    /// Name of the service in the registry; a short name means one of the rule's namespace.
    pub host: String,
    /// Named parts of the service's workloads, such as versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<Subset>,
    /// How traffic reaches the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<TrafficPolicy>,
    /// Clients it is for; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_selector: Option<WorkloadSelector>,
}

istio_kind!(DestinationRule {
    spec: Optional DestinationRuleSpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});

/// Some of a service's workloads, under a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subset {
    /// Labels that a workload of the subset has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Name that routes use.
    pub name: String,
    /// What is different for this subset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<TrafficPolicy>,
}
