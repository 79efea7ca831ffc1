//! Access logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ModeMatch, ProviderRef};

/// Which requests are logged, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessLogging {
    /// Write no logs to these providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub disabled: Option<bool>,
    /// Which requests are logged; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<LogFilter>,
    /// Traffic it is for; both directions when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_: Option<ModeMatch>,
    /// Where logs go; the mesh's default when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderRef>,
}

/// Picks the requests that are logged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogFilter {
    /// CEL over Envoy's attributes, such as `response.code >= 400`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}
