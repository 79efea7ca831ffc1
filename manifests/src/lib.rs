//! Renders a resolved mesh into Kubernetes objects: labelled, typed by a closed set of kinds, and
//! in a stable order. Pure: the same input gives the same bytes.

mod kind;
mod object;

pub use kind::{Kind, Scope};
pub use object::{Body, Bundled, Manifests, Object, ObjectId, Wave};
