//! `TrafficExtension`: a Wasm module or a Lua script in the proxies.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wasm::{FailStrategy, PluginType, PullPolicy, TrafficSelector, VmConfig};
use crate::istio::{
    IstioStatus, PolicyTargetReference, WorkloadSelector,
    kind::istio_kind,
    rules::{Cel, free_form, only_one, union},
};

/// Puts a Wasm module or a Lua script into the filter chains of proxies.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "extensions.istio.io",
    version = "v1alpha1",
    kind = "TrafficExtension",
    plural = "trafficextensions",
    category = "istio-io",
    category = "extensions-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "A Wasm module or a Lua script in the proxies.",
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
#[schemars(
    extend(
        "oneOf" = union(&["wasm", "lua"]),
        "x-kubernetes-validations" = [one_way_to_attach(), ONE_EXTENSION]
    )
)]
pub struct TrafficExtensionSpec {
    /// The Lua script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lua: Option<Lua>,
    /// Traffic that the extension sees; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub match_: Vec<TrafficSelector>,
    /// Where in the chain it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<ExtensionPhase>,
    /// Order within the phase, the highest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub priority: Option<i32>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// Resources it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<PolicyTargetReference>,
    /// The Wasm module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wasm: Option<Wasm>,
}

istio_kind!(TrafficExtension {
    spec: Required TrafficExtensionSpec,
    served: ["v1alpha1"],
    stored: "v1alpha1"
});

fn one_way_to_attach() -> Cel {
    only_one(
        &["selector", "targetRefs"],
        "only one of targetRefs or selector can be set",
    )
}

const ONE_EXTENSION: Cel = Cel::new(
    "has(self.wasm) != has(self.lua)",
    "exactly one of wasm or lua must be set",
);

/// Where in the filter chain an extension goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExtensionPhase {
    /// At its end, before the router.
    Unspecified,
    /// Before Istio's authentication.
    Authn,
    /// Between authentication and authorisation.
    Authz,
    /// Between authorisation and statistics.
    Stats,
}

/// A Lua script.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lua {
    /// Its text, with `envoy_on_request` or `envoy_on_response`.
    #[schemars(length(min = 1, max = 65536))]
    pub inline_code: String,
}

/// A Wasm module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wasm {
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
    /// Configuration that is handed to the module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_form")]
    pub plugin_config: Option<Map<String, Value>>,
    /// Which plugin of a module with several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub plugin_name: Option<String>,
    /// Checksum that the module must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "(^$|^[a-f0-9]{64}$)"))]
    pub sha256: Option<String>,
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

const URL_SCHEME: Cel = Cel::new(
    "isURL(self) ? (url(self).getScheme() in [\"\", \"http\", \"https\", \"file\", \"oci\"]) : \
     (isURL(\"http://\" + self) &&\nurl(\"http://\" + self).getScheme() in [\"\", \"http\", \
     \"https\", \"file\", \"oci\"])",
    "url must have schema one of [http, https, file, oci]",
);
