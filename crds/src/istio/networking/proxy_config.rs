//! `ProxyConfig`: settings of the proxies themselves.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{IstioStatus, WorkloadSelector, kind::istio_kind};

/// Sets what a proxy takes at its start; pods must be restarted to get it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1beta1",
    kind = "ProxyConfig",
    plural = "proxyconfigs",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Settings of the proxies themselves.",
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct ProxyConfigSpec {
    /// Worker threads; `0` means one a core, absent as many as the CPU limit asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("nullable" = true))]
    pub concurrency: Option<i32>,
    /// More environment variables of the proxy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("additionalProperties" = {"type": "string", "maxLength": 2048}))]
    pub environment_variables: BTreeMap<String, String>,
    /// Which image runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ProxyImage>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
}

istio_kind!(ProxyConfig {
    spec: Optional ProxyConfigSpec,
    served: ["v1beta1"],
    stored: "v1beta1"
});

/// The image of the proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyImage {
    /// Variant of the image, such as `distroless` or `debug`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_type: Option<String>,
}
