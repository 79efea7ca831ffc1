//! `WorkloadGroup`: a pattern for the entries of workloads that sign on by themselves.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::networking::workload_entry::{SOCKET_HAS_NO_PORTS, WorkloadEntrySpec};
use crate::istio::{IstioStatus, kind::istio_kind};

mod probe;

pub use probe::{ExecProbe, GrpcProbe, HttpProbe, ProbeHeader, ReadinessProbe, TcpProbe};

/// Says what the `WorkloadEntry` of a workload looks like that signs on by itself, and how its
/// health is probed.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "WorkloadGroup",
    plural = "workloadgroups",
    shortname = "wg",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "A pattern for the entries of workloads that sign on by themselves.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadGroupSpec {
    /// Metadata of the entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<GroupMetadata>,
    /// How a workload's health is probed, by its own proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<ReadinessProbe>,
    /// What the entries say; the address may be missing, each workload brings its own.
    #[schemars(extend("x-kubernetes-validations" = [SOCKET_HAS_NO_PORTS]))]
    pub template: WorkloadEntrySpec,
}

istio_kind!(WorkloadGroup {
    spec: Required WorkloadGroupSpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});

/// Metadata of the entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMetadata {
    /// Their annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub annotations: BTreeMap<String, String>,
    /// Their labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub labels: BTreeMap<String, String>,
}
