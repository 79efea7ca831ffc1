//! What both kinds of this group say about Wasm modules and the traffic that they see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::Cel;

/// Picks traffic by direction and port; both must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficSelector {
    /// The direction; both when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<TrafficMode>,
    /// Ports, one of which it must be; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["number"]))]
    pub ports: Vec<PortMatch>,
}

/// A direction of traffic, seen from the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TrafficMode {
    /// Not said: both.
    Undefined,
    /// Outbound.
    Client,
    /// Inbound.
    Server,
    /// Both ways.
    ClientAndServer,
}

/// A port.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortMatch {
    /// Its number.
    #[schemars(range(min = 1, max = 65535))]
    pub number: u32,
}

/// What happens when a module cannot be loaded or crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailStrategy {
    /// Requests are refused.
    FailClose,
    /// Requests go past it.
    FailOpen,
    /// It is started anew, with a back-off, for the requests that follow.
    FailReload,
}

/// When the image of a module is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PullPolicy {
    /// `IfNotPresent`, but `Always` for the tag `latest`.
    #[serde(rename = "UNSPECIFIED_POLICY")]
    UnspecifiedPolicy,
    /// When it is not at hand.
    IfNotPresent,
    /// At every change of the object.
    Always,
}

/// Which filter chain a module is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PluginType {
    /// Not said: HTTP.
    UnspecifiedPluginType,
    /// The HTTP filters.
    Http,
    /// The network filters.
    Network,
}

/// The virtual machine that runs a module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VmConfig {
    /// Environment variables that the module sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub env: Vec<EnvVar>,
}

/// An environment variable of a module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [HOST_HAS_NO_VALUE]))]
pub struct EnvVar {
    /// Name of the variable.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its value, when it comes from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub value: Option<String>,
    /// Where the value comes from (default `INLINE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<EnvValueSource>,
}

/// Where the value of a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnvValueSource {
    /// From `value`.
    Inline,
    /// From the proxy's own variable of that name.
    Host,
}

const HOST_HAS_NO_VALUE: Cel = Cel::new(
    r#"(has(self.valueFrom) ? self.valueFrom : "") != "HOST" || !has(self.value)"#,
    "value may only be set when valueFrom is INLINE",
);
