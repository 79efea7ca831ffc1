//! Traces.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ModeMatch, ProviderRef};
use crate::istio::rules::union;

/// Which requests are traced, and what a span says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tracing {
    /// Tags added to each span, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_tags: BTreeMap<String, CustomTag>,
    /// Leave the headers of a trace alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub disable_context_propagation: Option<bool>,
    /// Report no spans; a decision made before is still passed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub disable_span_reporting: Option<bool>,
    /// Add Istio's own tags to spans (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub enable_istio_tags: Option<bool>,
    /// Traffic it is for; both directions when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_: Option<ModeMatch>,
    /// Who gets the spans: at present one at most; the mesh's default when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderRef>,
    /// Share of requests that are traced when nothing has decided it yet, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100), extend("nullable" = true))]
    pub random_sampling_percentage: Option<f64>,
    /// Decide by the request's id, so that all proxies decide alike (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub use_request_id_for_trace_sampling: Option<bool>,
}

/// Where the value of a tag comes from: one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["literal", "environment", "header", "formatter"])))]
pub struct CustomTag {
    /// An environment variable of the proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<TagSource>,
    /// A text with Envoy's format commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatter: Option<TagText>,
    /// A header of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<TagSource>,
    /// A fixed text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub literal: Option<TagText>,
}

/// A variable or a header, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagSource {
    /// Value where there is no such thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// Its name.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagText {
    /// The text.
    #[schemars(length(min = 1))]
    pub value: String,
}
