//! Renders a resolved mesh into Kubernetes objects: labelled, typed by a closed set of kinds, and
//! in a stable order. Pure: the same input gives the same bytes.

mod bundled;
mod cover;
pub mod digest;
mod draft;
mod engine;
mod finish;
mod injection;
mod kind;
mod mesh;
mod object;
mod pair;
mod parse;
mod parts;
mod render;
mod serve;
mod settings;
mod yaml;

pub use bundled::crds;
pub use cover::Cover;
pub use engine::TemplateError;
pub use injection::{InjectionError, templates as injection_templates};
pub use kind::{Kind, Scope};
pub use object::{Body, Bundled, Manifests, Object, ObjectId, Wave};
pub use pair::Pair;
pub use render::{RenderError, render};
pub use serve::{Found, Share, revision_of, stand_ins};
pub use yaml::{push_yaml, to_yaml};
