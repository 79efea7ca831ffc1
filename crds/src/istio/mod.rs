//! Istio's own kinds as Rust types, and their CRDs.
//!
//! Each of the fifteen kinds is a type with `kube`'s traits, so that it works with any client that
//! takes them. The types follow the newest version that Mainsheet bundles and read objects of all
//! versions before it. [`crd`] and [`all_crds`] give the CRDs: the same shape as Istio's own, with
//! descriptions of ours.
//!
//! ```
//! use mainsheet_crds::istio::networking::{
//!     Destination, VirtualService, VirtualServiceSpec,
//!     virtual_service::{HttpMatchRequest, HttpRoute, HttpRouteDestination, StringMatch},
//! };
//!
//! let reviews = HttpRoute {
//!     match_: vec![HttpMatchRequest {
//!         uri: Some(StringMatch::prefix("/reviews")),
//!         ..HttpMatchRequest::default()
//!     }],
//!     route: vec![HttpRouteDestination {
//!         destination: Destination::host("reviews"),
//!         ..HttpRouteDestination::default()
//!     }],
//!     timeout: Some("5s".into()),
//!     ..HttpRoute::default()
//! };
//! let service = VirtualService::new(
//!     "bookinfo",
//!     VirtualServiceSpec {
//!         hosts: vec!["bookinfo.example.com".into()],
//!         http: vec![reviews],
//!         ..VirtualServiceSpec::default()
//!     },
//! );
//! let json = serde_json::to_value(&service)?;
//! assert_eq!(json["apiVersion"], "networking.istio.io/v1");
//! assert_eq!(json["spec"]["http"][0]["match"][0]["uri"]["prefix"], "/reviews");
//! # Ok::<(), serde_json::Error>(())
//! ```

/// The Istio version whose shape the kinds have.
pub const VERSION: &str = "1.31.0";

mod crd;
mod document;
mod duration;
mod embedded;
pub mod extensions;
mod kind;
pub mod networking;
mod rules;
mod schema;
pub mod security;
mod selector;
mod status;
pub mod telemetry;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

pub use crd::crd;
pub use document::document;
pub use duration::Duration;
pub use embedded::CRD_DOCUMENTS;
pub use extensions::{TrafficExtension, WasmPlugin};
pub use kind::IstioKind;
pub use networking::{
    DestinationRule, EnvoyFilter, Gateway, ProxyConfig, ServiceEntry, Sidecar, VirtualService,
    WorkloadEntry, WorkloadGroup,
};
pub use security::{AuthorizationPolicy, PeerAuthentication, RequestAuthentication};
pub use selector::{PolicyTargetReference, WorkloadSelector};
pub use status::{IstioCondition, IstioStatus, MessageLevel, MessageType, ValidationMessage};
pub use telemetry::Telemetry;

/// The CRDs of all fifteen kinds, sorted by name.
pub fn all_crds() -> Vec<CustomResourceDefinition> {
    vec![
        crd::<AuthorizationPolicy>(),
        crd::<DestinationRule>(),
        crd::<EnvoyFilter>(),
        crd::<Gateway>(),
        crd::<PeerAuthentication>(),
        crd::<ProxyConfig>(),
        crd::<RequestAuthentication>(),
        crd::<ServiceEntry>(),
        crd::<Sidecar>(),
        crd::<Telemetry>(),
        crd::<TrafficExtension>(),
        crd::<VirtualService>(),
        crd::<WasmPlugin>(),
        crd::<WorkloadEntry>(),
        crd::<WorkloadGroup>(),
    ]
}
