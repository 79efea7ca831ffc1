//! Small objects for tests, made through the same doors as real ones.

use mainsheet_crds::meta;
use mainsheet_manifests::{Body, Kind, Manifests, Object, ObjectId, Wave};
use serde_json::{Value, json};

use crate::desired::Desired;
use crate::live::Live;

/// The installation that test objects belong to.
pub(crate) const INSTALLATION: &str = "sea";

/// A rendered object in namespace `mesh` with our labels and these fields.
pub(crate) fn object(kind: Kind, name: &str, wave: Wave, fields: Value) -> Object {
    let id = ObjectId::new(kind, Some("mesh"), name);
    let value = with(&id, fields, json!({}));
    Object {
        id,
        component: "pilot".to_owned(),
        wave,
        body: Body::Rendered(value),
    }
}

/// The same object as it would be found in the cluster, applied by Mainsheet.
pub(crate) fn live(kind: Kind, name: &str, fields: Value) -> Live {
    let rendered = object(kind, name, Wave::Configuration, fields.clone());
    let desired = Desired::new(&Manifests::new([rendered]));
    let id = ObjectId::new(kind, Some("mesh"), name);
    let applied = json!({meta::ANNOTATION_APPLIED: desired.objects()[0].digest});
    let mut value = with(&id, fields, applied);
    value["metadata"]["uid"] = json!(format!("uid-of-{name}"));
    value["metadata"]["managedFields"] = json!([{"manager": meta::MANAGER, "operation": "Apply"}]);
    Live::from_value(kind, value).unwrap()
}

fn with(id: &ObjectId, fields: Value, annotations: Value) -> Value {
    let mut value = json!({
        "apiVersion": id.kind.api_version(), "kind": id.kind.as_str(),
        "metadata": {
            "name": id.name,
            "labels": {meta::LABEL_MANAGED_BY: meta::MANAGED_BY, meta::LABEL_INSTALLATION: INSTALLATION},
        },
    });
    if let Some(namespace) = &id.namespace {
        value["metadata"]["namespace"] = json!(namespace);
    }
    if annotations.as_object().is_some_and(|some| !some.is_empty()) {
        value["metadata"]["annotations"] = annotations;
    }
    if let Value::Object(fields) = fields {
        value.as_object_mut().unwrap().extend(fields);
    }
    value
}
