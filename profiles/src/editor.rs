//! JSON Schemas for editors: of a whole `MeshInstallation`, and of `spec.values` alone.
//!
//! The first is made of what the API server checks with and of the lines of [`surface`]: an editor
//! says what `mainsheet validate` would say, but for what takes more than one field to tell.
//!
//! [`surface`]: crate::surface

use mainsheet_crds::meta;
use serde_json::{Map, Value, json};

use crate::spec;
use crate::surface::schema::values_schema;

/// The draft that editors know best.
pub(crate) const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// JSON Schema of a `MeshInstallation`. Unknown fields are not allowed.
pub fn installation_schema() -> Value {
    let mut spec = of_structural(&spec::schema()["properties"]["spec"]);
    let mut values = values_schema();
    if let Value::Object(map) = &mut values {
        map.retain(|key, _| key != "$schema" && key != "title");
    }
    for (field, schema) in [
        ("meshConfig", &values["properties"]["meshConfig"]),
        ("values", &values),
    ] {
        // The fields' own descriptions stay.
        let described = spec["properties"][field]["description"].clone();
        spec["properties"][field] = schema.clone();
        spec["properties"][field]["description"] = described;
    }
    json!({
        "$schema": DRAFT,
        "title": "MeshInstallation",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": { "const": meta::API_VERSION },
            "kind": { "const": "MeshInstallation" },
            "metadata": {
                "type": "object",
                "required": ["name"],
                "properties": { "name": { "type": "string" } },
            },
            "spec": spec,
            "status": { "type": "object", "description": "Written by the operator." },
        },
    })
}

/// A structural schema of Kubernetes as plain JSON Schema.
fn of_structural(schema: &Value) -> Value {
    let Some(given) = schema.as_object() else {
        return schema.clone();
    };
    let mut out: Map<String, Value> = given
        .iter()
        .filter(|(key, _)| !key.starts_with("x-kubernetes-") && *key != "nullable")
        .map(|(key, value)| (key.clone(), below(key, value)))
        .collect();
    let marked = |mark: &str| given.get(mark) == Some(&json!(true));
    if marked("x-kubernetes-int-or-string") {
        out.insert("type".into(), json!(["integer", "string"]));
    }
    if given.contains_key("properties") && !marked("x-kubernetes-preserve-unknown-fields") {
        out.insert("additionalProperties".into(), json!(false));
    }
    Value::Object(out)
}

/// What stands under a keyword: schemas, or a value of its own.
fn below(keyword: &str, value: &Value) -> Value {
    match (keyword, value) {
        ("properties", Value::Object(map)) => {
            let of_each = |(name, schema): (&String, &Value)| (name.clone(), of_structural(schema));
            Value::Object(map.iter().map(of_each).collect())
        }
        ("items" | "additionalProperties", schema) => of_structural(schema),
        _ => value.clone(),
    }
}
