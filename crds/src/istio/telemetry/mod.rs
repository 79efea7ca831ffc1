//! `telemetry.istio.io`: what the proxies report, and to whom.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{
    IstioStatus, PolicyTargetReference, WorkloadSelector, kind::istio_kind,
    rules::one_way_to_attach,
};

mod access_logging;
mod metrics;
mod tracing;

pub use access_logging::{AccessLogging, LogFilter};
pub use metrics::{
    IstioMetric, MetricSelector, Metrics, MetricsOverride, TagOperation, TagOverride,
};
pub use tracing::{CustomTag, TagSource, TagText, Tracing};

/// Says which metrics, traces and access logs proxies produce. The setting nearest to a workload
/// wins: its own, its namespace's, the mesh's.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "telemetry.istio.io",
    version = "v1",
    kind = "Telemetry",
    plural = "telemetries",
    shortname = "telemetry",
    category = "istio-io",
    category = "telemetry-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Which metrics, traces and access logs proxies produce.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(extend("x-kubernetes-validations" = [one_way_to_attach()]))]
pub struct TelemetrySpec {
    /// Access logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_logging: Vec<AccessLogging>,
    /// Metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metrics>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// The one resource it is for; `targetRefs` is preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<PolicyTargetReference>,
    /// Resources it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<PolicyTargetReference>,
    /// Traces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracing: Vec<Tracing>,
}

istio_kind!(Telemetry {
    spec: Optional TelemetrySpec,
    served: ["v1", "v1alpha1"],
    stored: "v1alpha1"
});

/// One of the mesh configuration's extension providers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderRef {
    /// Name of the provider.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// Picks traffic by its direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModeMatch {
    /// The direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<WorkloadMode>,
}

/// A direction of traffic, seen from the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkloadMode {
    /// Both ways.
    ClientAndServer,
    /// Outbound, and through gateways.
    Client,
    /// Inbound.
    Server,
}
