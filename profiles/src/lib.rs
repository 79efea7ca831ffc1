//! From what a user writes to one resolved mesh.
//!
//! [`resolve`] merges six layers, each over the one before it: built-in defaults < profile <
//! compatibility version < platform < the CR's fields < the CR's `values`. Maps merge deeply,
//! lists are replaced whole ([`merge`]). What comes out, [`Resolved`], is all that rendering reads.
//!
//! Pure: no client, no clock, no files. Versions, profiles and the values that exist are data.

mod addon;
mod addons;
pub mod catalogue;
mod components;
mod defaults;
mod editor;
mod error;
mod fields;
mod layers;
pub mod merge;
pub mod profile;
mod refusals;
mod resolve;
mod resolved;
mod settle;
mod spec;
mod suggest;
pub mod surface;

pub use addon::{Addon, Images};
pub use catalogue::{Minor, Release};
pub use editor::installation_schema;
pub use error::{Finding, ResolveError};
pub use resolve::{Context, resolve};
pub use resolved::{Component, ComponentKind, Resolved};
pub use spec::{parse_spec, schema_findings};
pub use surface::schema::values_schema;
