//! The objects of a manifest by their identity, and which of them differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::fields::{self, Field};
use crate::error::Error;
use crate::input::{InputError, Parsed, describe, documents};

/// The objects of a manifest.
pub(super) type Objects = BTreeMap<Id, Value>;

/// Which object. Its API version is a field like others: an upgrade may change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Id {
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

/// An object that is not the same in both manifests.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    #[serde(flatten)]
    pub(super) id: Id,
    pub(super) change: Change,
}

/// How an object differs.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Change {
    /// Only the one manifest has it.
    Removed,
    /// Only the other manifest has it.
    Added,
    /// Both have it, with these fields otherwise.
    Fields(Vec<Field>),
}

/// The objects in a file, a folder or stdin.
pub(super) fn read(path: &PathBuf) -> Result<Objects, Error> {
    let mut objects = Objects::new();
    for document in documents(std::slice::from_ref(path))? {
        for object in document.flat() {
            let id = identity(&object)?;
            // As the API server would: the later one wins.
            objects.insert(id, object.value);
        }
    }
    Ok(objects)
}

fn identity(object: &Parsed) -> Result<Id, InputError> {
    let metadata = &object.value["metadata"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match (text(&object.value["kind"]), text(&metadata["name"])) {
        (Some(kind), Some(name)) => Ok(Id {
            kind,
            namespace: text(&metadata["namespace"]),
            name,
        }),
        _ => Err(InputError::Kind {
            file: object.file.clone(),
            given: format!(
                "{} without kind or metadata.name given",
                describe(&object.value)
            ),
            allowed: "objects of Kubernetes",
        }),
    }
}

/// What differs, by kind, namespace and name.
pub(super) fn differences(one: &Objects, other: &Objects) -> Vec<Difference> {
    let ids: BTreeSet<&Id> = one.keys().chain(other.keys()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let change = match (one.get(id), other.get(id)) {
                (Some(_), None) => Change::Removed,
                (None, _) => Change::Added,
                (Some(one), Some(other)) => {
                    let fields = fields::differences(one, other);
                    if fields.is_empty() {
                        return None;
                    }
                    Change::Fields(fields)
                }
            };
            Some(Difference {
                id: id.clone(),
                change,
            })
        })
        .collect()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
