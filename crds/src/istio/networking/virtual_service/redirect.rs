//! What else can happen to a request: redirected, rewritten, answered at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::union;

/// A redirect; what is not set stays as the client asked for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["port", "derivePort"])))]
pub struct HttpRedirect {
    /// Host to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Where the port to go to comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derive_port: Option<RedirectPort>,
    /// Port to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// What takes the place of the path's matched prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_rewrite: Option<String>,
    /// Status of the answer (default 301).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_code: Option<u32>,
    /// Scheme to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Path to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// Where the port of a redirect comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RedirectPort {
    /// The usual one of the scheme.
    FromProtocolDefault,
    /// The one that the request came to.
    FromRequestPort,
}

/// Changes to a request before it goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRewrite {
    /// Its host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Its path, or the matched prefix of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its path, by an expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri_regex_rewrite: Option<RegexRewrite>,
}

/// A replacement by an expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegexRewrite {
    /// RE2 expression that is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_: Option<String>,
    /// What takes its place; `\1` stands for the first group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<String>,
}

/// An answer that is given without asking anyone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectResponse {
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<ResponseBody>,
    /// Its status.
    pub status: u32,
}

/// The body of an answer: one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["string", "bytes"])))]
pub struct ResponseBody {
    /// As bytes, base64-encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "byte"))]
    pub bytes: Option<String>,
    /// As text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string: Option<String>,
}
