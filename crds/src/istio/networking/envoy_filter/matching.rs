//! Which parts of the configuration a patch is for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FilterMatch, ListenerMatch, RouteConfigurationMatch};
use crate::istio::rules::{Cel, PORT_NUMBER, union};

/// Picks parts of the configuration: by proxy, by direction, and by one of `listener`,
/// `routeConfiguration`, `cluster` and `waypoint`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend(
        "oneOf" = union(&["listener", "routeConfiguration", "cluster", "waypoint"]),
        "x-kubernetes-validations" = [WAYPOINT_ALONE]
    )
)]
pub struct ObjectMatch {
    /// Picks clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterMatch>,
    /// Whose configuration is patched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<PatchContext>,
    /// Picks listeners and what is in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<ListenerMatch>,
    /// Picks proxies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyMatch>,
    /// Picks routing tables and what is in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_configuration: Option<RouteConfigurationMatch>,
    /// Picks what is in a waypoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<WaypointMatch>,
}

/// Whose configuration is patched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PatchContext {
    /// Everyone's.
    Any,
    /// A sidecar's, for traffic to its workload.
    SidecarInbound,
    /// A sidecar's, for traffic from its workload.
    SidecarOutbound,
    /// A gateway's.
    Gateway,
    /// A waypoint's.
    Waypoint,
}

/// Picks proxies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyMatch {
    /// Metadata that the proxy must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Regular expression that the proxy's version must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_version: Option<String>,
}

/// Picks clusters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterMatch {
    /// Exact name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Port of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_number: Option<u32>,
    /// Host of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Subset of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
}

/// Picks what is in a waypoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaypointMatch {
    /// Picks a filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<FilterMatch>,
    /// Port of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub port_number: Option<u32>,
    /// Picks a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<WaypointRouteMatch>,
}

/// Picks routes of a waypoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaypointRouteMatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

const WAYPOINT_ALONE: Cel = Cel::new(
    "has(self.context) ? ((self.context == \"WAYPOINT\") ? has(self.waypoint) : \
     !has(self.waypoint)) : !has(self.waypoint)",
    "only support waypointMatch when context is WAYPOINT",
);
