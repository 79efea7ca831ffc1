//! Renders a resolved mesh into Kubernetes objects: labelled, typed by a closed set of kinds, and
//! in a stable order. Pure: the same input gives the same bytes.

mod bundled;
pub mod digest;
mod draft;
mod engine;
mod finish;
mod injection;
mod kind;
mod mesh;
mod object;
mod parse;
mod parts;
mod render;
mod settings;
mod yaml;

pub use bundled::crds;
pub use engine::TemplateError;
pub use injection::{InjectionError, templates as injection_templates};
pub use kind::{Kind, Scope};
pub use object::{Body, Bundled, Manifests, Object, ObjectId, Wave};
pub use render::{RenderError, render};
pub use yaml::to_yaml;
