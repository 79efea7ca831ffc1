//! Schema fragments that schemars cannot derive.

use schemars::{Schema, SchemaGenerator, json_schema};

/// An object whose keys the API server keeps as given; it is checked when the spec is resolved.
pub type FreeObject = serde_json::Map<String, serde_json::Value>;

/// An object with any keys. Plain `additionalProperties: true` would make the API server refuse
/// nested keys under strict field validation.
pub(crate) fn free_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// A list of objects with any keys.
pub(crate) fn free_objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "object", "x-kubernetes-preserve-unknown-fields": true }
    })
}

/// Any JSON value.
pub(crate) fn any_value(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}

/// A string or an integer, as image tags and ports are written.
pub(crate) fn int_or_string(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-int-or-string": true })
}

/// A span of time in Go's notation, as Kubernetes and Istio write it: `90s`, `1h30m`.
pub(crate) fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "maxLength": 32, "pattern": "^([0-9]+(ms|s|m|h))+$" })
}

/// Takes away the `default` that schemars writes for a list that may be absent: the API server
/// would fill it in, and an empty list in a stored object says nothing.
pub(crate) fn without_list_defaults(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) else {
        return;
    };
    for property in properties.values_mut().filter_map(|p| p.as_object_mut()) {
        property.remove("default");
    }
}
