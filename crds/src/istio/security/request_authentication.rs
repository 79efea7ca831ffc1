//! `RequestAuthentication`: which JSON Web Tokens a workload believes.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{
    Duration, IstioStatus, PolicyTargetReference, WorkloadSelector,
    kind::istio_kind,
    rules::{Cel, one_way_to_attach, only_one},
};

/// Says which tokens workloads check. A request with a bad token is refused; one without a token
/// passes, unless an `AuthorizationPolicy` asks for one.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "security.istio.io",
    version = "v1",
    kind = "RequestAuthentication",
    plural = "requestauthentications",
    shortname = "ra",
    category = "istio-io",
    category = "security-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Which JSON Web Tokens a workload believes.",
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(extend("x-kubernetes-validations" = [one_way_to_attach()]))]
pub struct RequestAuthenticationSpec {
    /// Issuers whose tokens are checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4096))]
    pub jwt_rules: Vec<JwtRule>,
    /// Workloads it is for; the whole namespace when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// The one resource it is for; `targetRefs` is preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<PolicyTargetReference>,
    /// Resources it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<PolicyTargetReference>,
}

istio_kind!(RequestAuthentication {
    spec: Optional RequestAuthenticationSpec,
    served: ["v1", "v1beta1"],
    stored: "v1"
});

/// How tokens of one issuer are found, checked and passed on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [one_source_of_keys()]))]
pub struct JwtRule {
    /// Audiences, one of which a token must name; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub audiences: Vec<String>,
    /// Pass the token on to the workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_original_token: Option<bool>,
    /// Cookies to look for the token in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub from_cookies: Vec<String>,
    /// Headers to look for the token in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_headers: Vec<JwtHeader>,
    /// Query parameters to look for the token in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub from_params: Vec<String>,
    /// The `iss` claim that a token must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub issuer: Option<String>,
    /// The issuer's public keys themselves, as a JSON Web Key Set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// Where the issuer's public keys are fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), extend("x-kubernetes-validations" = [HTTP_URL]))]
    pub jwks_uri: Option<String>,
    /// Older spelling of `jwksUri`.
    #[serde(rename = "jwks_uri", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), extend("x-kubernetes-validations" = [HTTP_URL]))]
    pub jwks_uri_snake: Option<String>,
    /// Claims of a checked token that are copied into headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_claim_to_headers: Vec<ClaimToHeader>,
    /// Header that gets the payload of a checked token, base64url-encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_payload_to_header: Option<String>,
    /// Claims whose text is a list separated by spaces, besides `scope` and `permission`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1)))]
    pub space_delimited_claims: Vec<String>,
    /// How long fetching the keys may take (default 5s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// A header that carries a token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JwtHeader {
    /// Name of the header.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Text before the token that is cut off, such as `Bearer `.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// Copies a claim into a header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimToHeader {
    /// Name of the claim, with dots for nested ones; its value is a text, a number or a boolean.
    #[schemars(length(min = 1))]
    pub claim: String,
    /// Name of the header.
    #[schemars(length(min = 1), extend("pattern" = "^[-_A-Za-z0-9]+$"))]
    pub header: String,
}

const HTTP_URL: Cel = Cel::new(
    r#"url(self).getScheme() in ["http", "https"]"#,
    "url must have scheme http:// or https://",
);

fn one_source_of_keys() -> Cel {
    only_one(
        &["jwksUri", "jwks_uri", "jwks"],
        "only one of jwks or jwksUri can be set",
    )
}
