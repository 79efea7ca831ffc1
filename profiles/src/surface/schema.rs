//! The JSON Schema of `spec.values`, for editors.

use serde_json::{Map, Value, json};

use super::{Entry, Kind, Node, tree};

/// JSON Schema of `spec.values`: every value of the newest version, with its type and
/// what it does; unknown keys are not allowed.
pub fn values_schema() -> Value {
    let mut schema = of_node(tree());
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".into(), crate::editor::DRAFT.into());
        map.insert("title".into(), "spec.values of a MeshInstallation".into());
    }
    schema
}

fn of_node(node: &Node) -> Value {
    match node {
        Node::Leaf(entry) => of_entry(entry),
        Node::Branch(below) => {
            let properties: Map<String, Value> = below
                .iter()
                .map(|(key, node)| ((*key).to_owned(), of_node(node)))
                .collect();
            json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false })
        }
    }
}

fn of_entry(entry: &Entry) -> Value {
    let mut schema = entry.kind.schema();
    let mut text = entry.doc.to_owned();
    if entry.since > 0 {
        text = format!("{text} From Istio 1.{} on.", entry.since);
    }
    if let Value::Object(map) = &mut schema {
        map.insert("description".into(), text.into());
    }
    schema
}

impl Kind {
    fn schema(self) -> Value {
        let scalar = json!(["string", "number", "boolean", "null"]);
        match self {
            Self::Bool => json!({ "type": ["boolean", "null"] }),
            Self::Count => json!({ "type": ["integer", "null"], "minimum": 0 }),
            Self::Number => json!({ "type": ["number", "null"] }),
            Self::Text => json!({ "type": ["string", "null"] }),
            Self::OneOf(allowed) => {
                let mut allowed: Vec<Value> = allowed.iter().map(|&text| text.into()).collect();
                allowed.push(Value::Null);
                json!({ "enum": allowed })
            }
            Self::Scalar => json!({ "type": scalar }),
            Self::CountOrShare => json!({ "type": ["integer", "string", "null"], "minimum": 0 }),
            Self::Texts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
            Self::Scalars => {
                json!({ "type": ["object", "null"], "additionalProperties": { "type": scalar } })
            }
            Self::TextMap => json!({
                "type": ["object", "null"], "additionalProperties": { "type": ["string", "null"] }
            }),
            Self::Object => json!({ "type": ["object", "null"] }),
            Self::Objects => json!({ "type": ["array", "null"], "items": { "type": "object" } }),
            Self::List => json!({ "type": ["array", "null"] }),
            Self::Any => json!({}),
        }
    }
}
