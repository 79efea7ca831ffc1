//! A MeshInstallation in the making, and what is to be said about it.

use mainsheet_profiles::merge::at;
use serde_json::{Map, Value, json};

use crate::input::take;

/// A MeshInstallation in the making.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    /// Its name.
    pub(super) name: String,
    /// Its spec.
    pub(super) spec: Value,
    /// What is to be said about it.
    pub(super) notes: Vec<Note>,
}

/// Something that is to be said about a field of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether the field has an effect still.
    pub(super) weight: Weight,
    /// Where the field stands.
    pub(super) path: String,
    /// What became of it, and why.
    pub(super) reason: String,
}

/// Whether a field has an effect still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It is said in another way.
    Moved,
    /// It is left out.
    Lost,
}

// === impl Draft ===

impl Draft {
    /// A draft that says nothing yet.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            spec: Value::Object(Map::new()),
            notes: Vec::new(),
        }
    }

    /// Says that a field is left out.
    pub(super) fn lost(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.note(Weight::Lost, path.into(), reason.into());
    }

    /// Says that a field is said in another way.
    pub(super) fn moved(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.note(Weight::Moved, path.into(), reason.into());
    }

    /// Leaves out maps of values that have become empty.
    pub(super) fn tidy(&mut self) {
        for path in ["values.global.proxy", "values.global", "values"] {
            if at(&self.spec, path).is_some_and(|value| *value == json!({})) {
                take(&mut self.spec, path);
            }
        }
    }

    fn note(&mut self, weight: Weight, path: String, reason: String) {
        self.notes.push(Note {
            weight,
            path,
            reason,
        });
    }
}
