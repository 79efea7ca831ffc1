//! Fills in a blank for every value that is not set (an empty map or list, or null), so that a
//! template may ask for any value in strict mode, and one that asks for a value that does not
//! exist fails; and puts counts that are written as text right.

use serde_json::{Map, Value};

use super::{Kind, Node, tree};

/// Adds what is missing.
pub fn fill_blanks(values: &mut Value) {
    fill(values, tree());
}

fn fill(value: &mut Value, node: &Node) {
    let below = match node {
        Node::Branch(below) => below,
        Node::Leaf(entry) => {
            if value.is_null() {
                *value = entry.kind.blank();
            } else if entry.kind == Kind::CountOrShare
                && let Some(count) = value.as_str().and_then(|text| text.parse::<u32>().ok())
            {
                // Kubernetes takes a string for a percentage only.
                *value = count.into();
            }
            return;
        }
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Value::Object(map) = value {
        for (key, node) in below {
            if let Some(present) = map.get_mut(*key) {
                fill(present, node);
            } else {
                let mut missing = Value::Null;
                fill(&mut missing, node);
                map.insert((*key).to_owned(), missing);
            }
        }
    }
}

impl Kind {
    fn blank(self) -> Value {
        match self {
            Self::Texts | Self::Objects | Self::List => Value::Array(Vec::new()),
            Self::Scalars | Self::TextMap | Self::Object => Value::Object(Map::new()),
            Self::Bool
            | Self::Count
            | Self::Number
            | Self::Text
            | Self::OneOf(_)
            | Self::Scalar
            | Self::CountOrShare
            | Self::Any => Value::Null,
        }
    }
}
