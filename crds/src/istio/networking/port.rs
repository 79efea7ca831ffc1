//! Where traffic goes and whom a configuration is for, as several kinds of this group say it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::{Cel, selector_value};

/// A port of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortSelector {
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// A service that traffic is sent to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// Name of the service in the registry: a Kubernetes service or a host of a `ServiceEntry`.
    pub host: String,
    /// Port of the service; may be left out where it has just one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortSelector>,
    /// Name of a subset that a `DestinationRule` defines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
}

impl Destination {
    /// The service `host`, at its only port, in all versions.
    pub fn host(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            ..Self::default()
        }
    }
}

/// Picks workloads of the object's namespace by their labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadLabels {
    /// Labels that a workload must have, all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(
        extend(
            "maxProperties" = 256,
            "additionalProperties" = selector_value(
                &NO_WILDCARD,
            )
        )
    )]
    pub labels: BTreeMap<String, String>,
}

const NO_WILDCARD: Cel = Cel::new(
    r#"!self.contains("*")"#,
    "wildcard is not supported in selector",
);
