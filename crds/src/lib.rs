//! The API of Mainsheet: the kinds `MeshInstallation` and `MeshRevision`, every name that their
//! readers and writers share (labels, annotations, finalizers, conditions, reasons), and with the
//! feature `istio` (on by default) Istio's own kinds.
//!
//! The crate depends on no client and no clock, so that a CLI, an operator or somebody else's
//! tool can use the types alone.

#![allow(
    unreachable_pub,
    reason = "kube's derives copy each spec into a function body"
)]
#![allow(
    clippy::duplicated_attributes,
    reason = "every printcolumn has a type_"
)]

pub mod conditions;
pub mod installation;
#[cfg(feature = "istio")]
pub mod istio;
pub mod meta;
pub mod revision;
mod schema;

pub use installation::{MeshInstallation, MeshInstallationSpec, MeshInstallationStatus};
pub use kube_core::CustomResourceExt;
pub use revision::{MeshRevision, MeshRevisionSpec, MeshRevisionStatus};
pub use schema::FreeObject;
