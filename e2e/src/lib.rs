//! Ring 3: the operator and the command line against a real Kubernetes control plane.
//!
//! A [`World`] is a cluster with the operator in it, running as a process of its own under its own
//! ServiceAccount and rights, as it would in a pod. Everything ends with the value.

mod check;
mod creator;
mod crowd;
mod envoy;
mod feed;
mod injector;
mod mesh;
mod pages;
mod prometheus;
mod workloads;
mod world;

pub use check::{Requests, condition, conditions, identities, is_ready, ready_message};
pub use creator::{Creator, Report};
pub use crowd::Crowd;
pub use envoy::Envoy;
pub use feed::fed;
pub use injector::{Injection, Injector};
pub use mesh::installation;
pub use pages::Pages;
pub use prometheus::{Gauges, Prometheus, encoded};
pub use workloads::{Deployment, injected_by, namespace};
pub use world::{DEADLINE, Operator, World, binary, get};
