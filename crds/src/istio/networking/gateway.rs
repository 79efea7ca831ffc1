//! `Gateway`: what a gateway's proxies listen to.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ServerTlsSettings;
use crate::istio::{IstioStatus, kind::istio_kind};

/// Opens ports on gateway proxies for some hosts; a `VirtualService` bound to it says where their
/// traffic goes.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "Gateway",
    plural = "gateways",
    shortname = "gw",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "What a gateway's proxies listen to.",
    derive = "Default",
    derive = "PartialEq",
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct GatewaySpec {
    /// Labels of the gateway's pods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
    /// The ports that are opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
}

istio_kind!(Gateway {
    spec: Optional GatewaySpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});

/// A port and what is served on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Address or Unix socket to listen on; all addresses when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<String>,
    /// Where traffic goes when nothing else says so, on the proxy's own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_endpoint: Option<String>,
    /// Hosts that are served: a name, perhaps with a leading `*`, perhaps after a namespace and a
    /// slash.
    pub hosts: Vec<String>,
    /// Name of the server, for people and statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The port.
    pub port: ServerPort,
    /// How TLS is ended, and whether HTTP is redirected to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ServerTlsSettings>,
}

/// A port of a gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerPort {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// What is spoken: `HTTP`, `HTTPS`, `GRPC`, `HTTP2`, `MONGO`, `TCP` or `TLS`.
    pub protocol: String,
    /// No longer used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_port: Option<u32>,
}
