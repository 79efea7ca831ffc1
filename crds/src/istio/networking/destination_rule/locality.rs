//! Which places are preferred when a host is picked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which places are preferred: by shares, by a list of where to go next, or by labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalityLb {
    /// Shares of places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribute: Vec<LocalityDistribute>,
    /// On or off, against the mesh configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub enabled: Option<bool>,
    /// Where traffic goes when a region fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failover: Vec<LocalityFailover>,
    /// Labels that a host should share with the client, the most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failover_priority: Vec<String>,
}

/// Shares of the traffic from one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalityDistribute {
    /// Where traffic comes from: region, zone, sub-zone with slashes, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Shares of where it goes, in per cent; 100 in all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub to: BTreeMap<String, u32>,
}

/// Where traffic of a region goes when it fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalityFailover {
    /// The region that fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The region that takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How the own zone is preferred.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneAwareLb {
    /// On or off, against the mesh configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub enabled: Option<bool>,
    /// Where traffic goes when a region fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failover: Vec<LocalityFailover>,
    /// Labels that a host should share with the client, the most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failover_priority: Vec<String>,
    /// Fewest hosts of a service from which on zones count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), extend("nullable" = true))]
    pub min_cluster_size: Option<u32>,
}
