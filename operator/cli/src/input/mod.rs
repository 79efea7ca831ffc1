//! From files and flags to one `MeshInstallation`: the files are merged in the order in which they
//! are given, then come the flags. Nothing here looks at a cluster.

mod adoption;
mod assign;
mod document;
mod error;
mod files;
mod path;
mod schema;

use std::path::PathBuf;

use clap::Args;
use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::meta::API_VERSION;
use mainsheet_profiles::merge::{merge, merge_maps};
use mainsheet_profiles::{ResolveError, parse_spec};
use serde_json::{Map, Value, json};

pub(crate) use adoption::Adoption;
pub(crate) use assign::Assignment;
pub(crate) use document::describe;
pub(crate) use error::InputError;
pub(crate) use files::{LIMIT, Parsed, documents, expanded, name_of, parsed, text_of};
pub(crate) use path::take;

use crate::error::Error;

/// Name of a `MeshInstallation` that nobody has named.
pub(crate) const DEFAULT_NAME: &str = "mesh";

/// What is wanted, as typed.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Wish {
    /// File with a MeshInstallation, `-` for stdin; later files are merged over earlier ones
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Set a field of the spec, such as profile=demo or values.global.proxy.logLevel=debug
    #[arg(short = 's', long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<Assignment>,
    /// Profile to start from; see `mainsheet profile list`
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Name of the MeshInstallation [default: that of the file, or mesh]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// A `MeshInstallation` whose fields exist and have the right types.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Its name.
    pub(crate) name: String,
    /// Its spec.
    pub(crate) spec: MeshInstallationSpec,
    /// The whole of it as it was given, for the API server.
    pub(crate) object: Value,
}

impl Wish {
    /// Reads the files, merges and checks.
    pub(crate) fn read(&self) -> Result<Wanted, Error> {
        let mut object = Map::new();
        for file in &self.files {
            merge_maps(&mut object, &document::read(file)?);
        }
        self.finish(object)
    }

    fn finish(&self, mut object: Map<String, Value>) -> Result<Wanted, Error> {
        let mut findings = unknown_at_the_top(&mut object);
        let name = self.settle_name(&mut object, &mut findings);
        let mut spec = object
            .remove("spec")
            .filter(|spec| !spec.is_null())
            .unwrap_or_else(|| json!({}));
        if let Some(profile) = &self.profile {
            merge(&mut spec, &json!({"profile": profile}));
        }
        for assignment in &self.set {
            assignment.put_into(&mut spec)?;
        }
        refuse(findings)?;
        let typed = typed(&spec)?;
        object.insert("apiVersion".to_owned(), API_VERSION.into());
        object.insert("kind".to_owned(), "MeshInstallation".into());
        object.insert("spec".to_owned(), spec);
        Ok(Wanted {
            name,
            spec: typed,
            object: Value::Object(object),
        })
    }

    /// Cuts the metadata down to what a user decides, and gives it the name that is wanted.
    fn settle_name(&self, fields: &mut Map<String, Value>, findings: &mut Vec<String>) -> String {
        let given = match fields.remove("metadata") {
            Some(Value::Object(metadata)) => metadata,
            None | Some(Value::Null) => Map::new(),
            Some(other) => {
                findings.push(format!(
                    "metadata: {} given, allowed: an object",
                    document::describe(&other)
                ));
                Map::new()
            }
        };
        let name = match (&self.name, given.get("name")) {
            (Some(name), _) | (None, Some(Value::String(name))) => name.clone(),
            (None, None | Some(Value::Null)) => DEFAULT_NAME.to_owned(),
            (None, Some(other)) => {
                findings.push(format!(
                    "metadata.name: {} given, allowed: a string",
                    document::describe(other)
                ));
                DEFAULT_NAME.to_owned()
            }
        };
        let mut metadata = given;
        metadata.retain(|key, _| matches!(key.as_str(), "labels" | "annotations"));
        metadata.insert("name".to_owned(), name.clone().into());
        fields.insert("metadata".to_owned(), Value::Object(metadata));
        name
    }
}

/// The `MeshInstallation` in a document that stands among others.
pub(crate) fn wanted_of(document: &Parsed) -> Result<Wanted, Error> {
    let object = document.value.as_object().cloned().unwrap_or_default();
    Wish::default().finish(object)
}

/// The spec in its types. The schema, which knows the words for what is wrong, costs more time to
/// make than all else that is done offline: it is only asked when the types lose something.
fn typed(spec: &Value) -> Result<MeshInstallationSpec, ResolveError> {
    if let Ok(typed) = serde_json::from_value::<MeshInstallationSpec>(spec.clone())
        && serde_json::to_value(&typed).is_ok_and(|kept| kept == *spec)
    {
        return Ok(typed);
    }
    parse_spec(spec)
}

fn refuse(findings: Vec<String>) -> Result<(), InputError> {
    if findings.is_empty() {
        Ok(())
    } else {
        Err(InputError::Findings(findings))
    }
}

/// A status, as `kubectl get -o yaml` writes it, says nothing about what is wanted.
fn unknown_at_the_top(fields: &mut Map<String, Value>) -> Vec<String> {
    fields.remove("status");
    let known = ["apiVersion", "kind", "metadata", "spec"];
    let unknown = fields.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| format!("{key}: no such field; known here: {}", known.join(", ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(set: &[&str]) -> Wish {
        Wish {
            set: set.iter().map(|text| text.parse().unwrap()).collect(),
            ..Wish::default()
        }
    }

    fn map(object: Value) -> Map<String, Value> {
        serde_json::from_value(object).unwrap()
    }

    fn refused(wish: &Wish, object: Value) -> Vec<String> {
        wish.finish(map(object)).unwrap_err().lines()
    }

    #[test]
    fn without_files_and_flags_the_default_profile_is_wanted() {
        let wanted = Wish::default().read().unwrap();
        assert_eq!(
            (wanted.name.as_str(), wanted.spec),
            ("mesh", MeshInstallationSpec::default())
        );
    }

    #[test]
    fn flags_win_over_files_and_set_over_profile() {
        let object =
            json!({"metadata": {"name": "sea"}, "spec": {"profile": "minimal", "hub": "a"}});
        let mut flags = wish(&["hub=b"]);
        flags.profile = Some("demo".to_owned());
        flags.name = Some("lake".to_owned());
        let wanted = flags.finish(map(object)).unwrap();
        assert_eq!(wanted.name, "lake");
        assert_eq!(
            wanted.object["spec"],
            json!({"profile": "demo", "hub": "b"})
        );
    }

    #[test]
    fn what_the_api_server_has_written_is_left_out() {
        let object = json!({
            "metadata": {"name": "sea", "uid": "u", "resourceVersion": "7", "managedFields": [], "labels": {"a": "b"}},
            "spec": {}, "status": {"version": "1.30.3"},
        });
        let wanted = wish(&[]).finish(map(object)).unwrap();
        assert_eq!(
            wanted.object["metadata"],
            json!({"name": "sea", "labels": {"a": "b"}})
        );
        assert_eq!(wanted.object.get("status"), None);
    }

    #[test]
    fn every_finding_is_a_line_of_its_own() {
        let object = json!({"metadata": {"name": 7}, "specs": {}});
        assert_eq!(refused(&wish(&[]), object).len(), 2);
        let spec = json!({"profil": "x", "suspend": 1});
        assert_eq!(refused(&wish(&[]), json!({"spec": spec})).len(), 2);
    }
}
