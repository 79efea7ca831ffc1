//! Routing tables, and the hosts and routes in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Picks routing tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteConfigurationMatch {
    /// Gateway that the table is of: namespace, slash, name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Exact name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_name: Option<String>,
    /// Port that the table is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_number: Option<u32>,
    /// Picks a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<VirtualHostMatch>,
}

/// Picks hosts of a routing table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualHostMatch {
    /// A domain of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Its name: host, colon, port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Picks a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteMatch>,
}

/// Picks routes of a host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteMatch {
    /// What the route does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<RouteAction>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RouteAction {
    /// Anything.
    Any,
    /// It sends requests to clusters.
    Route,
    /// It redirects them.
    Redirect,
    /// It answers them itself.
    DirectResponse,
}
