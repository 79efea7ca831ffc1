//! `PeerAuthentication`: whether workloads ask for mutual TLS.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{IstioStatus, WorkloadSelector, kind::istio_kind, rules::Cel};

/// Says which connections workloads accept: plain text, mutual TLS or both.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "security.istio.io",
    version = "v1",
    kind = "PeerAuthentication",
    plural = "peerauthentications",
    shortname = "pa",
    category = "istio-io",
    category = "security-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Whether workloads ask for mutual TLS.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mtls.mode"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(extend("x-kubernetes-validations" = [PORTS_NEED_SELECTOR]))]
pub struct PeerAuthenticationSpec {
    /// Mode of all ports; inherited from the namespace or the mesh when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls: Option<PeerMtls>,
    /// Mode of single ports of the workload, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("minProperties" = 1, "x-kubernetes-validations" = [KEYS_ARE_PORTS]))]
    pub port_level_mtls: BTreeMap<String, PeerMtls>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
}

istio_kind!(PeerAuthentication {
    spec: Optional PeerAuthenticationSpec,
    served: ["v1", "v1beta1"],
    stored: "v1"
});

/// Whether mutual TLS is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerMtls {
    /// The mode; inherited when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<PeerMtlsMode>,
}

/// What a workload accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PeerMtlsMode {
    /// Inherited: from the namespace, from the mesh, or `PERMISSIVE`.
    Unset,
    /// Plain text only.
    Disable,
    /// Plain text and mutual TLS.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

const KEYS_ARE_PORTS: Cel = Cel::new(
    "self.all(key, 0 < int(key) && int(key) <= 65535)",
    "port must be between 1-65535",
);
const PORTS_NEED_SELECTOR: Cel = Cel::new(
    "has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? \
     self.selector.matchLabels : {}).size() > 0) : true",
    "portLevelMtls requires selector",
);
