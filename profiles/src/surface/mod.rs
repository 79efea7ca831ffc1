//! The values that exist: one line for each, with its type, the version that began to read it and
//! what it does. A value that neither Mainsheet nor Istio knows is not here, and is refused.
//!
//! Everything that must know the values is derived from these lines: the check of a spec
//! ([`check`](self::check)), the published JSON Schema, and the blanks that let templates ask for
//! any value in strict mode.

mod blanks;
pub(crate) mod check;
mod gateways;
mod global;
mod mesh;
mod nodes;
mod pilot;
pub(crate) mod schema;
mod shared;
mod tree;
mod unread;

pub use blanks::fill_blanks;
pub(crate) use tree::{Node, tree};

/// One value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Dotted path under `values`.
    pub path: &'static str,
    /// What it can hold.
    pub kind: Kind,
    /// Minor version that reads it first; 0 for all.
    pub since: u32,
    /// What it does, as one sentence.
    pub doc: &'static str,
}

/// What a value can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// True or false.
    Bool,
    /// A number of things, not negative.
    Count,
    /// Any number.
    Number,
    /// A string.
    Text,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string, number or boolean, such as a tag.
    Scalar,
    /// A number, or a percentage as a string.
    CountOrShare,
    /// A list of strings.
    Texts,
    /// A map from names to strings, numbers or booleans.
    Scalars,
    /// A map from names to strings.
    TextMap,
    /// An object in the terms of Kubernetes or Istio.
    Object,
    /// A list of such objects.
    Objects,
    /// A list of anything.
    List,
    /// Anything.
    Any,
}

/// A value that every version reads.
const fn value(path: &'static str, kind: Kind, doc: &'static str) -> Entry {
    Entry {
        path,
        kind,
        since: 0,
        doc,
    }
}

/// A value that is read from a minor version on.
const fn from(since: u32, path: &'static str, kind: Kind, doc: &'static str) -> Entry {
    Entry {
        path,
        kind,
        since,
        doc,
    }
}
