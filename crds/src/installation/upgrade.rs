//! How a changed spec is carried out, and what happens at the end: `spec.upgrade`, `spec.tags`,
//! `spec.addons`, `spec.drift`, `spec.deletionPolicy`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KubernetesSettings;
use crate::schema::{self, FreeObject};

/// How a changed spec is carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// Over the running control plane, or beside it; `InPlace` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Whether a plan waits for a person; `Automatic` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How long a change may take to become ready before it is undone; `10m` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub ready_timeout: Option<String>,
    /// How long a ready candidate is watched before it is used; `2m` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub soak: Option<String>,
    /// How workloads follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_plane: Option<DataPlane>,
    /// How long nothing may have used a retiring revision before it goes; `1h` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub retirement_grace: Option<String>,
    /// How many past `MeshRevision` records are kept; 5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 50))]
    pub history: Option<i32>,
}

/// Where a change comes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Strategy {
    /// Over the running control plane.
    #[default]
    InPlace,
    /// As a second revision beside the active one.
    Canary,
}

/// Who starts a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Approval {
    /// The operator, at once.
    #[default]
    Automatic,
    /// A person, by approving the plan in the status.
    Manual,
}

/// How workloads follow a new control plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataPlane {
    /// Who restarts workloads; `Manual` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<DataPlaneMode>,
    /// Groups of namespaces, moved one after the other; what no wave selects comes last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub waves: Option<Vec<Wave>>,
    /// What is measured while a wave soaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis>,
    /// What happens when a wave fails; `Automatic` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Approval>,
    /// When gateways move; `Last` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateways: Option<GatewayOrder>,
    /// When workloads may be restarted; at any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub windows: Option<Vec<Window>>,
}

/// Who restarts workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DataPlaneMode {
    /// Their owners.
    #[default]
    Manual,
    /// The operator, in waves.
    Waves,
}

/// When gateways move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GatewayOrder {
    /// Before the first wave.
    First,
    /// After the last wave.
    #[default]
    Last,
}

/// One group of namespaces that moves together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// Name of the wave.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Label selector of its namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub namespace_selector: Option<FreeObject>,
    /// How many workloads restart at a time; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub parallel: Option<i32>,
    /// How long the wave is watched before the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub soak: Option<String>,
}

/// What is measured while a wave soaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// A Prometheus server and what it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusAnalysis>,
    /// Time between measurements; `30s` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub interval: Option<String>,
    /// How many failed measurements in a row fail the wave; 2 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub failures: Option<i32>,
}

/// A Prometheus server and what it is asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusAnalysis {
    /// Address of the server, such as `http://prometheus.istio-system:9090`.
    #[schemars(length(min = 1, max = 2048))]
    pub address: String,
    /// The questions; each must hold.
    #[schemars(length(min = 1, max = 32))]
    pub queries: Vec<Query>,
}

/// One PromQL question with its bounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// Name of the question in status and events.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The expression; its result is one number.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// The most that is still good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The least that is still good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
}

/// A span of the week in which workloads may be restarted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// Days on which the window opens; every day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 7))]
    pub days: Option<Vec<Day>>,
    /// Opening time, `HH:MM`.
    #[schemars(length(max = 5), regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// Closing time, `HH:MM`; not after `from` means on the next day.
    #[schemars(length(max = 5), regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub to: String,
    /// IANA time zone; `UTC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone: Option<String>,
}

/// A day of the week.
#[allow(missing_docs, reason = "the names say it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A name that stands for a revision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// The name that namespaces and pods carry as `istio.io/rev`.
    #[schemars(
        length(min = 1, max = 56),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// `Active`, `Candidate`, or the name of an Istio revision.
    #[schemars(length(min = 1, max = 63))]
    pub target: String,
}

/// Observability tools beside the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Addons {
    /// Metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<Addon>,
    /// Dashboards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grafana: Option<Addon>,
    /// The mesh as a graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kiali: Option<Addon>,
    /// Traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jaeger: Option<Addon>,
    /// Traces, the older way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zipkin: Option<Addon>,
    /// Logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loki: Option<Addon>,
}

/// One tool. One that is mentioned is enabled unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Addon {
    /// Whether it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Kubernetes settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k8s: Option<KubernetesSettings>,
}

/// What happens to what others add to Mainsheet's objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Drift {
    /// Pod templates, RBAC and webhooks are exactly what was rendered.
    #[default]
    Exact,
    /// Only the fields that Mainsheet means are put back.
    Owned,
}

/// What happens to the mesh when its `MeshInstallation` is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It stays, unmanaged.
    Orphan,
    /// It goes, once nothing uses it any more.
    #[default]
    IfUnused,
    /// It goes.
    Cascade,
}
