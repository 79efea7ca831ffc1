//! How a policy says which workloads it is for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::{Cel, selector_value};

/// Picks pods of the object's namespace by their labels (in the root namespace: of all
/// namespaces).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSelector {
    /// Labels that a pod must have, all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(
        extend(
            "maxProperties" = 4096,
            "additionalProperties" = selector_value(&NO_WILDCARD_VALUE),
            "x-kubernetes-validations" = [NO_WILDCARD_KEY, NO_EMPTY_KEY]
        )
    )]
    pub match_labels: BTreeMap<String, String>,
}

const NO_WILDCARD_VALUE: Cel = Cel::new(
    r#"!self.contains("*")"#,
    "wildcard not allowed in label value match",
);
const NO_WILDCARD_KEY: Cel = Cel::new(
    r#"self.all(key, !key.contains("*"))"#,
    "wildcard not allowed in label key match",
);
const NO_EMPTY_KEY: Cel = Cel::new("self.all(key, key.size() != 0)", "key must not be empty");

/// Points a policy at a Gateway, a `GatewayClass`, a Service or a `ServiceEntry` of the same
/// namespace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTargetReference {
    /// API group of the target; empty for the core group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253), extend("pattern" = GROUP))]
    pub group: Option<String>,
    /// Kind of the target.
    #[schemars(length(min = 1, max = 63), extend("pattern" = KIND))]
    pub kind: String,
    /// Name of the target.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Not to be set: the target is in the policy's own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [NO_NAMESPACE]))]
    pub namespace: Option<String>,
}

const GROUP: &str = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const KIND: &str = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$";
const NO_NAMESPACE: Cel = Cel::new(
    "self.size() == 0",
    "cross namespace referencing is not currently supported",
);
