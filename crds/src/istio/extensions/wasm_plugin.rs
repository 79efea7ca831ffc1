//! `WasmPlugin`: a Wasm module in the proxies.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wasm::{FailStrategy, PluginType, PullPolicy, TrafficSelector, VmConfig};
use crate::istio::{
    IstioStatus, PolicyTargetReference, WorkloadSelector,
    kind::istio_kind,
    rules::{Cel, free_form, one_way_to_attach},
};

/// Puts a Wasm module into the filter chains of proxies.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "extensions.istio.io",
    version = "v1alpha1",
    kind = "WasmPlugin",
    plural = "wasmplugins",
    category = "istio-io",
    category = "extensions-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "A Wasm module in the proxies.",
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
#[schemars(extend("x-kubernetes-validations" = [one_way_to_attach()]))]
pub struct WasmPluginSpec {
    /// What happens when the module fails (default `FAIL_CLOSE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_strategy: Option<FailStrategy>,
    /// When the image is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<PullPolicy>,
    /// Secret of the same namespace with the registry's credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub image_pull_secret: Option<String>,
    /// Traffic that the module sees; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub match_: Vec<TrafficSelector>,
    /// Where in the chain it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<PluginPhase>,
    /// Configuration that is handed to the module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_form")]
    pub plugin_config: Option<Map<String, Value>>,
    /// Which plugin of a module with several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub plugin_name: Option<String>,
    /// Order within the phase, the highest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub priority: Option<i32>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// Checksum that the module must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "(^$|^[a-f0-9]{64}$)"))]
    pub sha256: Option<String>,
    /// The one resource it is for; `targetRefs` is preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<PolicyTargetReference>,
    /// Resources it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<PolicyTargetReference>,
    /// Which chain it goes into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_: Option<PluginType>,
    /// Where the module is: `oci://`, `http(s)://` or `file://`; an image when no scheme is given.
    #[schemars(length(min = 1), extend("x-kubernetes-validations" = [URL_SCHEME]))]
    pub url: String,
    /// Key to verify a signed image with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_key: Option<String>,
    /// The virtual machine that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_config: Option<VmConfig>,
}

istio_kind!(WasmPlugin {
    spec: Required WasmPluginSpec,
    served: ["v1alpha1"],
    stored: "v1alpha1"
});

/// Where in the filter chain a module goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PluginPhase {
    /// At its end, before the router.
    UnspecifiedPhase,
    /// Before Istio's authentication.
    Authn,
    /// Between authentication and authorisation.
    Authz,
    /// Between authorisation and statistics.
    Stats,
}

const URL_SCHEME: Cel = Cel::new(
    "isURL(self) ? (url(self).getScheme() in [\"\", \"http\", \"https\", \"oci\", \"file\"]) : \
     (isURL(\"http://\" + self) &&\nurl(\"http://\" + self).getScheme() in [\"\", \"http\", \
     \"https\", \"oci\", \"file\"])",
    "url must have schema one of [http, https, file, oci]",
);
