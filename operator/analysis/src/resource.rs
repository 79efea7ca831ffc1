//! An object's head: what it is called, how it is marked, and where it was written.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::kind::{Kind, Scope};
use crate::place::Place;

/// An object's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for what is the cluster's.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Whether a controller made it, such as a ReplicaSet a pod.
    pub is_made: bool,
    /// Where it was written, if it came from a file.
    pub place: Option<Place>,
}

/// An object in its type.
#[derive(Debug)]
pub(crate) struct Item<T> {
    /// Its head.
    pub(crate) about: Arc<Resource>,
    /// All of it.
    pub(crate) object: T,
}

// === impl Resource ===

impl Resource {
    /// The head of an object, if it is of a kind that analysis knows and has a name.
    pub(crate) fn of(value: &Value, namespace: &str, place: Option<Place>) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let kind = Kind::of(value["apiVersion"].as_str()?, value["kind"].as_str()?)?;
        let metadata = &value["metadata"];
        let namespace = match kind.scope() {
            Scope::Cluster => String::new(),
            Scope::Namespaced => text(&metadata["namespace"])
                .filter(|given| !given.is_empty())
                .unwrap_or_else(|| namespace.to_owned()),
        };
        Some(Self {
            kind,
            namespace,
            // Pods of a file may have only the beginning of a name.
            name: text(&metadata["name"]).or_else(|| text(&metadata["generateName"]))?,
            labels: strings(&metadata["labels"]),
            annotations: strings(&metadata["annotations"]),
            is_made: is_controlled(&metadata["ownerReferences"]),
            place,
        })
    }

    /// Whether the object is a part of Istio's control plane or of its gateways, as installers
    /// mark them.
    pub(crate) fn is_istios_own(&self) -> bool {
        self.labels.contains_key("istio")
            || self
                .labels
                .get("release")
                .is_some_and(|value| value == "istio")
            || self
                .labels
                .get("app.kubernetes.io/part-of")
                .is_some_and(|value| value == "istio")
            || self
                .labels
                .contains_key(mainsheet_crds::meta::LABEL_COMPONENT)
    }

    /// Name and namespace as Istio writes references: `namespace/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)?;
        if self.namespace.is_empty() {
            Ok(())
        } else {
            write!(f, ".{}", self.namespace)
        }
    }
}

fn is_controlled(owners: &Value) -> bool {
    let owners = owners.as_array();
    owners.is_some_and(|owners| owners.iter().any(|owner| owner["controller"] == true))
}

fn strings(map: &Value) -> BTreeMap<String, String> {
    let entries = map.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

// === impl Item ===

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}
