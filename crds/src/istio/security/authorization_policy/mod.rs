//! `AuthorizationPolicy`: which requests a workload lets in.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{
    IstioStatus, PolicyTargetReference, WorkloadSelector,
    kind::istio_kind,
    rules::{one_way_to_attach, union},
};

mod rule;

pub use rule::{AuthorizationRule, Condition, Operation, RuleFrom, RuleTo, Source};

/// Lets requests in or keeps them out. Denials are looked at before allowances; once a workload
/// has an allowance, whatever no rule allows is refused.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "security.istio.io",
    version = "v1",
    kind = "AuthorizationPolicy",
    plural = "authorizationpolicies",
    shortname = "ap",
    category = "istio-io",
    category = "security-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Which requests a workload lets in.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(name = "Action", type_ = "string", json_path = ".spec.action"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(
    extend(
        "oneOf" = union(
            &[
                "provider",
            ],
        ),
        "x-kubernetes-validations" = [
            one_way_to_attach(
            ),
        ]
    )
)]
pub struct AuthorizationPolicySpec {
    /// What happens to a request that a rule matches (default `ALLOW`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<AuthorizationAction>,
    /// Who decides, for action `CUSTOM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<AuthorizationProvider>,
    /// A request matches the policy when it matches one of these; without rules none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    pub rules: Vec<AuthorizationRule>,
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

istio_kind!(AuthorizationPolicy {
    spec: Optional AuthorizationPolicySpec,
    served: ["v1", "v1beta1"],
    stored: "v1"
});

/// What happens to a request that a policy matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorizationAction {
    /// It may pass, unless something else denies it.
    Allow,
    /// It is refused.
    Deny,
    /// It is marked for the audit log; it is neither let in nor kept out.
    Audit,
    /// An external authoriser decides.
    Custom,
}

/// An external authoriser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationProvider {
    /// Its name among the mesh configuration's extension providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
