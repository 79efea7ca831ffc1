//! Metrics.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ProviderRef, WorkloadMode};
use crate::istio::{
    Duration,
    rules::{Cel, union},
};

/// How metrics are made for some providers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Changes to single metrics, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<MetricsOverride>,
    /// Who gets the metrics; the mesh's default when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderRef>,
    /// How often the metrics of an open TCP connection are reported (default 5s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporting_interval: Option<Duration>,
}

/// A change to some metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricsOverride {
    /// Do not produce them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub disabled: Option<bool>,
    /// Which metrics; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_: Option<MetricSelector>,
    /// Changes to their labels, by the label's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tag_overrides: BTreeMap<String, TagOverride>,
}

/// Picks metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["metric", "customMetric"])))]
pub struct MetricSelector {
    /// A metric of the user's own, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub custom_metric: Option<String>,
    /// One of Istio's metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<IstioMetric>,
    /// The direction that is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<WorkloadMode>,
}

/// One of Istio's standard metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IstioMetric {
    /// All of them.
    AllMetrics,
    /// How many requests there were (HTTP and gRPC).
    RequestCount,
    /// How long requests took.
    RequestDuration,
    /// How large request bodies were.
    RequestSize,
    /// How large response bodies were.
    ResponseSize,
    /// How many TCP connections were opened.
    TcpOpenedConnections,
    /// How many TCP connections were closed.
    TcpClosedConnections,
    /// How many bytes were sent in responses over TCP.
    TcpSentBytes,
    /// How many bytes were received in requests over TCP.
    TcpReceivedBytes,
    /// How many gRPC messages clients sent.
    GrpcRequestMessages,
    /// How many gRPC messages servers sent.
    GrpcResponseMessages,
}

/// A change to one label of a metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [UPSERT_NEEDS_VALUE, REMOVE_HAS_NO_VALUE]))]
pub struct TagOverride {
    /// What is done (default `UPSERT`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<TagOperation>,
    /// CEL over Envoy's attributes that gives the label's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What is done to a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TagOperation {
    /// Added, or given another value.
    Upsert,
    /// Taken away.
    Remove,
}

const UPSERT_NEEDS_VALUE: Cel = Cel::new(
    r#"((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true"#,
    "value must be set when operation is UPSERT",
);
const REMOVE_HAS_NO_VALUE: Cel = Cel::new(
    r#"((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true"#,
    "value must not be set when operation is REMOVE",
);
