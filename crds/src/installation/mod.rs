//! `MeshInstallation`: one wanted Istio mesh, and what has become of it.

mod components;
mod spec;
mod status;
mod upgrade;

pub use components::*;
pub use spec::*;
pub use status::*;
pub use upgrade::*;
