//! `networking.istio.io`: how traffic finds its way.

mod connection_pool;
pub mod destination_rule;
pub mod envoy_filter;
pub mod gateway;
mod port;
pub mod proxy_config;
mod server_tls;
pub mod service_entry;
pub mod sidecar;
pub mod virtual_service;
pub mod workload_entry;
pub mod workload_group;

pub use connection_pool::{
    ConnectionPoolSettings, H2UpgradePolicy, HttpSettings, Keepalive, TcpKeepalive, TcpSettings,
};
pub use destination_rule::{DestinationRule, DestinationRuleSpec};
pub use envoy_filter::{EnvoyFilter, EnvoyFilterSpec};
pub use gateway::{Gateway, GatewaySpec};
pub use port::{Destination, PortSelector, WorkloadLabels};
pub use proxy_config::{ProxyConfig, ProxyConfigSpec};
pub use server_tls::{ServerTlsMode, ServerTlsSettings, TlsCertificate, TlsProtocol};
pub use service_entry::{ServiceEntry, ServiceEntrySpec};
pub use sidecar::{Sidecar, SidecarSpec};
pub use virtual_service::{VirtualService, VirtualServiceSpec};
pub use workload_entry::{WorkloadEntry, WorkloadEntrySpec};
pub use workload_group::{WorkloadGroup, WorkloadGroupSpec};
