//! Requests for one object of the closed set of kinds, and what their refusals mean.

mod error;
mod list;
mod path;
mod write;

pub use error::{Refusal, WriteError};
pub use list::{is_there, list, list_metadata, read};
pub use path::{collection, object};
pub use write::{Apply, apply, delete, merge, merge_metadata};
