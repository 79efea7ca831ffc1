//! JSON values as text. A tree of small maps takes some twenty times as much memory as its text, and
//! most trees that are kept are never looked at again.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// A value that is kept, and seldom read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    text: Box<str>,
    mark: u64,
}

impl Packed {
    /// Packs a value.
    pub fn new(value: &Value) -> Self {
        let text = value.to_string().into_boxed_str();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            mark: hasher.finish(),
            text,
        }
    }

    /// The value.
    pub fn value(&self) -> Value {
        // The text was written from a value, and what is written can be read.
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The value as JSON text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A number that is the same for the same value, in this process.
    pub fn mark(&self) -> u64 {
        self.mark
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        let value = json!({"b": [1, 2.5, null], "a": {"text": "ü\n\"", "yes": true}});
        let packed = Packed::new(&value);
        assert_eq!(packed.value(), value);
        assert_eq!(packed.text(), value.to_string());
        assert_eq!(packed.mark(), Packed::new(&value).mark());
        assert_ne!(packed.mark(), Packed::new(&json!({"b": []})).mark());
    }
}
