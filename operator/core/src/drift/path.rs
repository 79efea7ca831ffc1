//! Paths to fields, as managed fields name them: by field, and by key in keyed lists.

use std::fmt;

use serde_json::{Map, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field of an object.
    Field(String),
    /// The item of a keyed list that has these keys.
    Item(Map<String, Value>),
}

/// A path to a field. Shown as in plans: `spec.template.spec.containers[discovery].env[A]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPath(Vec<Step>);

// === impl Step ===

impl Step {
    /// Reads one key of `fieldsV1`: `f:NAME` or `k:{"KEY":VALUE}`. None for the parts of sets and
    /// for positions, which no keyed list has.
    pub(super) fn parse(key: &str) -> Option<Self> {
        if let Some(name) = key.strip_prefix("f:") {
            return Some(Self::Field(name.to_owned()));
        }
        let keys = key.strip_prefix("k:")?;
        serde_json::from_str(keys).ok().map(Self::Item)
    }

    /// What the step leads to.
    pub(super) fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Field(name) => value.get(name),
            Self::Item(keys) => value.as_array()?.iter().find(|item| has(item, keys)),
        }
    }

    /// The same, to be changed.
    pub(super) fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        match self {
            Self::Field(name) => value.get_mut(name),
            Self::Item(keys) => {
                let items = value.as_array_mut()?;
                items.iter_mut().find(|item| has(item, keys))
            }
        }
    }
}

/// Whether an item has these keys. A port without a protocol is a TCP port.
fn has(item: &Value, keys: &Map<String, Value>) -> bool {
    keys.iter().all(|(key, value)| match item.get(key) {
        Some(found) => found == value,
        None => key == "protocol" && value == "TCP",
    })
}

// === impl FieldPath ===

impl FieldPath {
    /// The path of these fields.
    pub fn of(fields: &[&str]) -> Self {
        Self(
            fields
                .iter()
                .map(|name| Step::Field((*name).to_owned()))
                .collect(),
        )
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// Names of the fields on the way, keys of lists left out.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.0.iter().filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Item(_) => None,
        });
        names.collect()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                // The first key is enough for people, and is what comparing shows.
                Step::Item(keys) => {
                    let first = keys.values().next().map(plain).unwrap_or_default();
                    write!(f, "[{first}]")?;
                }
            }
        }
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_managed_fields_are_read_and_shown() {
        let mut path = FieldPath::of(&["spec"]);
        for key in [
            "f:ports",
            r#"k:{"containerPort":80,"protocol":"TCP"}"#,
            "f:name",
        ] {
            path.push(Step::parse(key).unwrap());
        }
        assert_eq!(path.to_string(), "spec.ports[80].name");
        assert_eq!(path.names(), ["spec", "ports", "name"]);
        assert_eq!(Step::parse("v:\"x\""), None);
        assert_eq!(Step::parse("."), None);
    }

    #[test]
    fn an_item_is_found_by_its_keys() {
        let step = Step::parse(r#"k:{"containerPort":80,"protocol":"TCP"}"#).unwrap();
        let ports =
            json!([{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "name": "web"}]);
        assert_eq!(step.of(&ports).unwrap()["name"], "web");
    }
}
