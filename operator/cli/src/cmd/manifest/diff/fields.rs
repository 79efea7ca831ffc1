//! The fields in which two objects differ.
//!
//! Both are laid out flat, a path for each scalar. Elements of a list that have names of their own
//! stand under them, so that their order does not matter; text of a ConfigMap that is YAML or JSON
//! is laid out too.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_core::compare::same_amount;
use serde::Serialize;
use serde_json::Value;

/// A field that is not the same in both.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Field {
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Value>,
}

/// The fields in which two objects differ, by path.
pub(super) fn differences(one: &Value, other: &Value) -> Vec<Field> {
    let (one, other) = (flat(one), flat(other));
    let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let (before, after) = (one.get(path), other.get(path));
            let same = match (before, after) {
                (Some(before), Some(after)) => before == after || same_amount(path, before, after),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            (!same).then(|| Field {
                path: path.clone(),
                before: before.map(|value| (*value).clone()),
                after: after.map(|value| (*value).clone()),
            })
        })
        .collect()
}

fn flat(object: &Value) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    lay(object, "", &mut fields);
    if object["kind"] == "ConfigMap" {
        for (key, value) in object["data"].as_object().into_iter().flatten() {
            let path = format!("data.{}", step(key));
            if let Some(inner) = value.as_str().and_then(document) {
                fields.remove(&path);
                lay(&inner, &format!("{path}:"), &mut fields);
            }
        }
    }
    fields
}

/// Text that is a document of fields.
fn document(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let value: Value = serde_saphyr::from_str_with_options(text, options).ok()?;
    value.is_object().then_some(value)
}

/// Empty fields say nothing: the API server drops them.
fn lay(value: &Value, path: &str, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() || path.ends_with(':') {
                    ""
                } else {
                    "."
                };
                lay(value, &format!("{path}{dot}{}", step(key)), fields);
            }
        }
        Value::Array(items) => {
            let named = names(items);
            for (at, value) in items.iter().enumerate() {
                let place = named
                    .as_ref()
                    .map_or_else(|| at.to_string(), |names| format!("name:{}", names[at]));
                lay(value, &format!("{path}[{place}]"), fields);
            }
        }
        scalar @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            fields.insert(path.to_owned(), scalar.clone());
        }
    }
}

fn step(key: &str) -> String {
    if key.contains(['.', '[', ':']) {
        format!("[{key}]")
    } else {
        key.to_owned()
    }
}

/// The names of all elements, where each has one of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect();
    let own: BTreeSet<&&str> = names.iter().collect();
    (!items.is_empty() && own.len() == items.len()).then_some(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(one: &Value, other: &Value) -> Vec<String> {
        differences(one, other)
            .into_iter()
            .map(|field| field.path)
            .collect()
    }

    #[test]
    fn order_of_named_elements_empty_fields_and_spelling_make_no_difference() {
        let one = json!({"a": [{"name": "x", "v": 1}, {"name": "y"}], "b": {}, "c": null,
                         "resources": {"limits": {"cpu": "500m"}}});
        let other = json!({"a": [{"name": "y"}, {"name": "x", "v": 1}], "resources": {"limits": {"cpu": "0.5"}}});
        assert!(paths(&one, &other).is_empty());
    }

    #[test]
    fn a_difference_has_the_path_of_its_element() {
        let one = json!({"a": [{"name": "x", "v": 1}], "l": [1, 2], "m": {"a.b": 1}});
        let other = json!({"a": [{"name": "x", "v": 2}], "l": [1], "m": {"a.b": 2}});
        assert_eq!(paths(&one, &other), ["a[name:x].v", "l[1]", "m.[a.b]"]);
    }

    #[test]
    fn documents_in_config_maps_are_compared_by_their_fields() {
        let map =
            |mesh: &str| json!({"kind": "ConfigMap", "data": {"mesh": mesh, "text": "plain"}});
        assert!(paths(&map("a: 1\nb: [x]\n"), &map("{\"b\": [\"x\"], \"a\": 1}")).is_empty());
        assert_eq!(
            paths(&map("a: {b: 1}"), &map("a: {b: 2}")),
            ["data.mesh:a.b"]
        );
    }
}
