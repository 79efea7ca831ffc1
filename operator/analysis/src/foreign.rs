//! What analysis reads of kinds that are neither Kubernetes' own nor typed in `crds`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde::Deserialize;

/// An object of which only the name counts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Bare {}

/// A Gateway of the Gateway API.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct GatewayApi {
    #[serde(default)]
    pub(crate) spec: GatewayApiSpec,
    #[serde(default)]
    pub(crate) status: Conditions,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct GatewayApiSpec {
    #[serde(default)]
    pub(crate) listeners: Vec<Listener>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Listener {
    pub(crate) hostname: Option<String>,
}

/// A route of the Gateway API, as far as its controllers report on it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RouteApi {
    #[serde(default)]
    pub(crate) status: RouteStatus,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct RouteStatus {
    #[serde(default)]
    pub(crate) parents: Vec<Conditions>,
}

/// What a controller reports.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Conditions {
    #[serde(default)]
    pub(crate) conditions: Vec<Condition>,
}
