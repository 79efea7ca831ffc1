//! What a rule for HTTP matches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::union;

/// Matches requests; all that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpMatchRequest {
    /// Host that the request is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<StringMatch>,
    /// Gateways that the request came through, in place of the `VirtualService`'s own list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<String>,
    /// Headers, by lower-case name; an empty match means that the header is there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, StringMatch>,
    /// Take upper and lower case of the path for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_uri_case: Option<bool>,
    /// Method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch>,
    /// Name of the match, for logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Port that the request is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// Query parameters, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query_params: BTreeMap<String, StringMatch>,
    /// Scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<StringMatch>,
    /// Labels of the client's workload.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub source_labels: BTreeMap<String, String>,
    /// Namespace of the client's workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_namespace: Option<String>,
    /// Name for statistics of this match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stat_prefix: Option<String>,
    /// Path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<StringMatch>,
    /// Headers that must not match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without_headers: BTreeMap<String, StringMatch>,
}

/// Matches a text: one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["exact", "prefix", "regex"])))]
pub struct StringMatch {
    /// The whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
    /// Its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The whole text, as an RE2 expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

impl StringMatch {
    /// Matches just `text`.
    pub fn exact(text: impl Into<String>) -> Self {
        Self {
            exact: Some(text.into()),
            ..Self::default()
        }
    }

    /// Matches what begins with `text`.
    pub fn prefix(text: impl Into<String>) -> Self {
        Self {
            prefix: Some(text.into()),
            ..Self::default()
        }
    }

    /// Matches what the RE2 expression `expression` matches as a whole.
    pub fn regex(expression: impl Into<String>) -> Self {
        Self {
            regex: Some(expression.into()),
            ..Self::default()
        }
    }
}
