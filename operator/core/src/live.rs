//! What is in the cluster, cut down to what later steps read: identity, labels, the fields that
//! can be compared, and readiness. Everything else is dropped as it arrives, so that the cache of
//! a whole mesh stays small.

use std::collections::BTreeMap;

use mainsheet_crds::meta;
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::{Map, Value};

use crate::drift::Owner;
use crate::health::{self, Health};
use crate::packed::Packed;
use mainsheet_manifests::digest;

/// One object in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Which object.
    pub id: ObjectId,
    /// Its UID, so that a deletion hits this object and no later one of the same name.
    pub uid: String,
    /// Its resource version.
    pub resource_version: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Digest of what was last applied to it, from its annotation.
    pub applied: Option<String>,
    /// Istio version whose shape a CRD has, from its annotation.
    pub shape: Option<String>,
    /// Whether Mainsheet has applied it. A copy that somebody made with our labels has not been.
    pub ours: bool,
    /// Who else owns fields of it. Not kept of a CRD.
    pub owners: Vec<Owner>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it is ready, and what it waits for.
    pub health: Health,
    /// The fields that can be compared.
    pub body: LiveBody,
}

/// The comparable part of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveBody {
    /// The object without status, managed fields and bookkeeping metadata.
    Full(Packed),
    /// Digest of the `spec`: enough for a CRD, whose spec is rendered with every default spelt out.
    SpecDigest(String),
}

// === impl Live ===

impl Live {
    /// Takes what later steps need from an object as the API server sent it. None for an object
    /// without a name, which the API server does not send.
    pub fn from_value(kind: Kind, mut value: Value) -> Option<Self> {
        let health = health::assess(kind, &value);
        let Some(Value::Object(mut metadata)) = value.get_mut("metadata").map(Value::take) else {
            return None;
        };
        let name = text(&metadata, "name")?;
        let namespace = text(&metadata, "namespace");
        let labels = string_map(metadata.get("labels"));
        let annotations = string_map(metadata.get("annotations"));
        let live = Self {
            id: ObjectId::new(kind, namespace.as_deref(), &name),
            uid: text(&metadata, "uid").unwrap_or_default(),
            resource_version: text(&metadata, "resourceVersion").unwrap_or_default(),
            applied: annotations.get(meta::ANNOTATION_APPLIED).cloned(),
            shape: annotations.get(meta::ANNOTATION_SHAPE).cloned(),
            ours: applied_by(&metadata, meta::MANAGER) || applied_by(&metadata, meta::MANAGER_CLI),
            owners: if kind == Kind::CustomResourceDefinition {
                Vec::new()
            } else {
                Owner::others(&metadata)
            },
            deleting: metadata.contains_key("deletionTimestamp"),
            health,
            body: body(kind, value, &mut metadata),
            labels,
        };
        Some(live)
    }

    /// Who else owns the field at a path as plans show it.
    pub fn owner_of(&self, path: &str) -> Option<&str> {
        let owner = self.owners.iter().find(|owner| owner.owns(path))?;
        Some(&owner.manager)
    }

    /// The installation that the object says it belongs to.
    pub fn installation(&self) -> Option<&str> {
        self.labels
            .get(meta::LABEL_INSTALLATION)
            .map(String::as_str)
    }
}

fn body(kind: Kind, mut value: Value, metadata: &mut Map<String, Value>) -> LiveBody {
    if kind == Kind::CustomResourceDefinition {
        return LiveBody::SpecDigest(digest::of(&value.get("spec")));
    }
    metadata.retain(|key, _| {
        matches!(
            key.as_str(),
            "name" | "namespace" | "labels" | "annotations"
        )
    });
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
        object.insert(
            "metadata".to_owned(),
            Value::Object(std::mem::take(metadata)),
        );
    }
    LiveBody::Full(Packed::new(&value))
}

fn applied_by(metadata: &Map<String, Value>, manager: &str) -> bool {
    metadata
        .get("managedFields")
        .and_then(Value::as_array)
        .is_some_and(|entries| {
            entries
                .iter()
                .any(|entry| entry["operation"] == "Apply" && entry["manager"] == manager)
        })
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn string_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn service(managed_fields: &Value) -> Live {
        let value = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "istiod", "namespace": "mesh", "uid": "u-1", "resourceVersion": "41",
                "labels": {"mainsheet.dev/installation": "sea"},
                "annotations": {"mainsheet.dev/applied": "abc"},
                "managedFields": managed_fields,
            },
            "spec": {"ports": []}, "status": {"loadBalancer": {}},
        });
        Live::from_value(Kind::Service, value).unwrap()
    }

    #[test]
    fn status_and_bookkeeping_are_dropped() {
        let live = service(&json!([]));
        let LiveBody::Full(body) = &live.body else {
            panic!("a Service is kept whole")
        };
        let body = body.value();
        assert!(body.get("status").is_none());
        assert_eq!(body["metadata"].as_object().unwrap().len(), 4);
        assert_eq!(
            (live.applied.as_deref(), live.installation()),
            (Some("abc"), Some("sea"))
        );
    }

    #[test]
    fn only_what_mainsheet_applied_is_ours() {
        assert!(!service(&json!([{"manager": "kubectl", "operation": "Apply"}])).ours);
        assert!(!service(&json!([{"manager": "mainsheet", "operation": "Update"}])).ours);
        assert!(service(&json!([{"manager": "mainsheet", "operation": "Apply"}])).ours);
    }

    #[test]
    fn a_crd_is_kept_as_the_digest_of_its_spec() {
        let crd = |plural: &str| {
            let value = json!({"metadata": {"name": "x"}, "spec": {"names": {"plural": plural}}});
            Live::from_value(Kind::CustomResourceDefinition, value)
                .unwrap()
                .body
        };
        assert_eq!(crd("sails"), crd("sails"));
        assert_ne!(crd("sails"), crd("masts"));
    }
}
