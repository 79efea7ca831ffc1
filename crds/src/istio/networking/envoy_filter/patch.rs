//! What a patch does, and to which kind of part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::istio::rules::free_form;

/// A kind of part of Envoy's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplyTo {
    /// Not said.
    Invalid,
    /// A listener.
    Listener,
    /// A chain of filters of a listener.
    FilterChain,
    /// A filter of a chain.
    NetworkFilter,
    /// A filter of the HTTP connection manager.
    HttpFilter,
    /// A routing table.
    RouteConfiguration,
    /// A host of a routing table.
    VirtualHost,
    /// A route of a host.
    HttpRoute,
    /// A cluster.
    Cluster,
    /// Configuration that a filter asks for by name.
    ExtensionConfig,
    /// What Envoy starts with.
    Bootstrap,
    /// A filter that looks at a connection before its chain is chosen.
    ListenerFilter,
}

/// A change to a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    /// Where a filter goes that is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_class: Option<FilterClass>,
    /// What is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<PatchOperation>,
    /// The part, or what is merged into it, as Envoy's JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_form")]
    pub value: Option<Map<String, Value>>,
}

/// Where in the chain a filter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FilterClass {
    /// Where the operation says.
    Unspecified,
    /// After Istio's authentication.
    Authn,
    /// After Istio's authorisation.
    Authz,
    /// Before Istio's statistics.
    Stats,
}

/// What is done to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PatchOperation {
    /// Not said.
    Invalid,
    /// The value is merged into it.
    Merge,
    /// The value is added.
    Add,
    /// It is taken away.
    Remove,
    /// The value is put before it.
    InsertBefore,
    /// The value is put behind it.
    InsertAfter,
    /// The value is put at the beginning.
    InsertFirst,
    /// The value takes its place.
    Replace,
    /// The value is merged into it, with lists taken from the value as they are.
    MergeAndReplaceList,
}
