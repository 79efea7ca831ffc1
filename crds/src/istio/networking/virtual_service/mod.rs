//! `VirtualService`: where requests for a host go.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{IstioStatus, kind::istio_kind};

mod fault;
mod headers;
mod http;
mod http_match;
mod l4;
mod redirect;

pub use fault::{FaultAbort, FaultDelay, FaultInjection, Percent};
pub use headers::{CorsPolicy, HeaderOperations, Headers, UnmatchedPreflights};
pub use http::{Delegate, HttpMirror, HttpRetry, HttpRoute, HttpRouteDestination};
pub use http_match::{HttpMatchRequest, StringMatch};
pub use l4::{L4MatchAttributes, RouteDestination, TcpRoute, TlsMatchAttributes, TlsRoute};
pub use redirect::{
    DirectResponse, HttpRedirect, HttpRewrite, RedirectPort, RegexRewrite, ResponseBody,
};

/// Says where requests for some hosts go, by rules that are tried in order.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::duplicated_attributes,
    reason = "two columns may have one type"
)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "VirtualService",
    plural = "virtualservices",
    shortname = "vs",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "Where requests for a host go.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(name = "Gateways", type_ = "string", json_path = ".spec.gateways"),
    printcolumn(name = "Hosts", type_ = "string", json_path = ".spec.hosts"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct VirtualServiceSpec {
    /// Namespaces that see it: `.` for its own, `*` for all (the default).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub export_to: Vec<String>,
    /// Gateways it is bound to, as name or namespace, slash, name; `mesh` (the default) means all
    /// sidecars.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<String>,
    /// Hosts it is for, perhaps with a leading `*`; none where another `VirtualService` delegates
    /// to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Rules for HTTP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRoute>,
    /// Rules for everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tcp: Vec<TcpRoute>,
    /// Rules for TLS that is not ended here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls: Vec<TlsRoute>,
}

istio_kind!(VirtualService {
    spec: Optional VirtualServiceSpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});
