//! `--set PATH=VALUE`: one field of the spec, by its path.

use std::str::FromStr;

use serde_json::Value;

use super::InputError;
use super::path::{Step, divide, steps};
use super::schema::Schema;

/// One assignment, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    text: String,
    steps: Vec<Step>,
    value: String,
}

// === impl Assignment ===

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = divide(text).ok_or("PATH=VALUE is wanted, such as profile=demo")?;
        let mut steps = steps(path)?;
        if steps.len() > 1 && steps.first() == Some(&Step::Key("spec".to_owned())) {
            steps.remove(0);
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
            value: value.to_owned(),
        })
    }
}

impl Assignment {
    /// That the spec wants this version.
    pub(crate) fn version(version: &str) -> Self {
        Self {
            text: format!("version={version}"),
            steps: vec![Step::Key("version".to_owned())],
            value: version.to_owned(),
        }
    }

    /// Writes the value into a spec.
    pub(super) fn put_into(&self, spec: &mut Value) -> Result<(), InputError> {
        let refuse = |problem: String| InputError::Set {
            text: self.text.clone(),
            problem,
        };
        let mut place = spec;
        for step in &self.steps {
            place = step.enter(place).map_err(refuse)?;
        }
        *place = value(&self.value, || self.is_text()).map_err(refuse)?;
        Ok(())
    }

    /// Whether the field holds text even where it looks like a number. The keys of `values` and
    /// `meshConfig` are free: there no schema says it.
    fn is_text(&self) -> bool {
        let free = ["values", "meshConfig"].map(|key| Step::Key(key.to_owned()));
        if self.steps.first().is_some_and(|first| free.contains(first)) {
            return false;
        }
        let schema = self
            .steps
            .iter()
            .try_fold(Schema::of_spec(), |schema, step| match step {
                Step::Key(key) => schema.field(key),
                Step::Index(_) | Step::Named(..) => schema.element(),
            });
        schema.is_some_and(Schema::is_text)
    }
}

/// The value as YAML reads it, except that text stays text: in a field that holds text, and where
/// a number would not be written back as it was typed (`1.10`).
fn value(text: &str, is_text: impl FnOnce() -> bool) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::String(String::new()));
    }
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let read: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let problem = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
        format!("the value is not YAML: {problem}")
    })?;
    let as_typed = match &read {
        Value::Number(number) => number.to_string() != text || is_text(),
        Value::Bool(_) => is_text(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => false,
    };
    Ok(if as_typed {
        Value::String(text.to_owned())
    } else {
        read
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(spec: Value, text: &str) -> Result<Value, String> {
        let assignment: Assignment = text.parse()?;
        let mut spec = spec;
        assignment
            .put_into(&mut spec)
            .map_err(|error| error.to_string())?;
        Ok(spec)
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        assert_eq!(
            set(json!({}), "spec.profile=demo"),
            Ok(json!({"profile": "demo"}))
        );
        assert_eq!(
            set(
                json!({}),
                r"values.pilot.nodeSelector.kubernetes\.io/os=linux"
            ),
            Ok(json!({"values": {"pilot": {"nodeSelector": {"kubernetes.io/os": "linux"}}}}))
        );
        let gateways = json!({"components": {"ingressGateways": [{"name": "a"}, {"name": "b"}]}});
        assert_eq!(
            set(
                gateways.clone(),
                "components.ingressGateways[name:b].enabled=false"
            ),
            Ok(
                json!({"components": {"ingressGateways": [{"name": "a"}, {"name": "b", "enabled": false}]}})
            )
        );
        assert_eq!(
            set(gateways.clone(), "components.ingressGateways[2].name=c").unwrap()["components"]["ingressGateways"]
                [2],
            json!({"name": "c"})
        );
        assert!(
            set(gateways, "components.ingressGateways[4].name=c")
                .unwrap_err()
                .contains("has 2 elements")
        );
    }

    #[test]
    fn text_stays_text_where_text_is_wanted() {
        let value_of = |text: &str| set(json!({}), text).unwrap();
        assert_eq!(value_of("tag=1.10"), json!({"tag": "1.10"}));
        assert_eq!(value_of("version=1.30"), json!({"version": "1.30"}));
        assert_eq!(value_of("revision=true"), json!({"revision": "true"}));
        assert_eq!(
            value_of("values.global.tag=1.10"),
            json!({"values": {"global": {"tag": "1.10"}}})
        );
        assert_eq!(value_of("values.a=4"), json!({"values": {"a": 4}}));
        assert_eq!(value_of("values.a=true"), json!({"values": {"a": true}}));
        assert_eq!(value_of("values.a="), json!({"values": {"a": ""}}));
        assert_eq!(value_of("values.a='4'"), json!({"values": {"a": "4"}}));
        assert_eq!(
            value_of("values.a={b: [1, x]}"),
            json!({"values": {"a": {"b": [1, "x"]}}})
        );
        assert_eq!(value_of("values.a=b=c"), json!({"values": {"a": "b=c"}}));
        assert_eq!(value_of("values.a=null"), json!({"values": {"a": null}}));
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for (text, word) in [
            ("profile", "PATH=VALUE"),
            ("=x", "empty"),
            ("a..b=x", "empty"),
            ("a[0=x", "PATH=VALUE"),
            ("a[x]=1", "a number"),
            ("a]b=1", ""),
        ] {
            let refused = text.parse::<Assignment>();
            if word.is_empty() {
                assert!(refused.is_ok(), "{text}");
            } else {
                assert!(
                    refused.clone().unwrap_err().contains(word),
                    "{text}: {refused:?}"
                );
            }
        }
        assert!(
            set(json!({"profile": "demo"}), "profile.x=1")
                .unwrap_err()
                .contains("not within an object")
        );
        assert!(
            set(json!({}), "values.a={")
                .unwrap_err()
                .contains("not YAML")
        );
    }
}
