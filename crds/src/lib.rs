//! The API of Mainsheet: the kinds `MeshInstallation` and `MeshRevision`, every name that their
//! readers and writers share (labels, annotations, finalizers, conditions, reasons), and with the
//! feature `istio` (on by default) Istio's own kinds.
//!
//! The crate depends on no client and no clock, so that a CLI, an operator or somebody else's
//! tool can use the types alone. They implement the traits of `kube-core`, so they work with every
//! client of that major version of kube, and `schemars::JsonSchema`, so their CRDs come from them.
//!
//! | feature | default | what it gives |
//! |---|---|---|
//! | `istio` | yes | the module `istio`: Istio's fifteen kinds, their CRDs as types and as YAML documents |
//!
//! Whoever only needs Istio's kinds starts at [`istio`]; the example `open_to_the_world` makes some and
//! reads an older one. Whoever only watches meshes needs [`MeshInstallation`], [`conditions`] and no
//! feature:
//!
//! ```
//! use mainsheet_crds::{MeshInstallation, conditions};
//!
//! /// Whether the mesh is as its owner wants it, judged for the spec that is there now.
//! fn is_ready(mesh: &MeshInstallation) -> bool {
//!     let Some(status) = &mesh.status else { return false };
//!     status.observed_generation == mesh.metadata.generation
//!         && status
//!             .conditions
//!             .iter()
//!             .any(|c| c.type_ == conditions::READY && c.status == "True")
//! }
//! # assert!(!is_ready(&MeshInstallation::new("mesh", Default::default())));
//! ```

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
