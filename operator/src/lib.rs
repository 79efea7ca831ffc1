//! The MeshInstallation operator: what touches the cluster and the clock.
//!
//! [`controller`] is the reconcile loop, [`cache`] and [`dataplane`] what it sees, [`cluster`] what it writes;
//! [`install`] says how the operator itself is installed. The command line uses the same parts.

pub mod admin;
pub mod args;
pub mod cache;
pub mod cluster;
pub mod controller;
pub mod dataplane;
pub mod install;
pub mod lease;
pub mod metrics;
pub mod run;
mod shared;
pub mod telemetry;

pub use cache::describe;
