//! `--set PATH=VALUE`: one field of the spec, by its path.
//!
//! Steps are divided by dots; a dot, bracket or `=` within a key has a `\` before it. `[2]` is an element of a list,
//! `[name:x]` the element whose field `name` is `x`; either is added where it would come next.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::InputError;
use super::schema::Schema;

/// One assignment, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    text: String,
    steps: Vec<Step>,
    value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Named(String, String),
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
    /// Writes the value into a spec.
    pub(super) fn put_into(&self, spec: &mut Value) -> Result<(), InputError> {
        let refuse = |problem: String| InputError::Set {
            text: self.text.clone(),
            problem,
        };
        let mut place = spec;
        let mut schema = Some(Schema::of_spec());
        for step in &self.steps {
            schema = schema.and_then(|schema| match step {
                Step::Key(key) => schema.field(key),
                Step::Index(_) | Step::Named(..) => schema.element(),
            });
            place = step.enter(place).map_err(refuse)?;
        }
        let is_text = schema.is_some_and(Schema::is_text);
        *place = value(&self.value, is_text).map_err(refuse)?;
        Ok(())
    }
}

/// Path and value: divided by the first `=` that is neither escaped nor within brackets.
fn divide(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = key(rest)?;
        steps.push(Step::Key(key));
        rest = after;
        while let Some(inner) = rest.strip_prefix('[') {
            let (inner, after) = inner.split_once(']').ok_or("a bracket is not closed")?;
            steps.push(bracket(inner)?);
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => {
                return Err(format!(
                    "`.` or the end of the path is wanted before {rest:?}"
                ));
            }
        }
    }
}

/// The key at the beginning of a path, and what comes after it.
fn key(path: &str) -> Result<(String, &str), String> {
    let mut key = String::new();
    let mut chars = path.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.extend(chars.next().map(|(_, escaped)| escaped)),
            '.' | '[' if key.is_empty() => break,
            '.' | '[' => return Ok((key, &path[at..])),
            c => key.push(c),
        }
    }
    if key.is_empty() {
        return Err("a step of the path is empty".to_owned());
    }
    Ok((key, ""))
}

fn bracket(inner: &str) -> Result<Step, String> {
    if let Some((field, value)) = inner.split_once(':') {
        return Ok(Step::Named(field.to_owned(), value.to_owned()));
    }
    let index = inner
        .parse()
        .map_err(|_| format!("[{inner}]: a number or name:VALUE is wanted"))?;
    Ok(Step::Index(index))
}

/// The value as YAML reads it, except that text stays text: in a field that holds text, and where
/// a number would not be written back as it was typed (`1.10`).
fn value(text: &str, is_text: bool) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::String(String::new()));
    }
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let read: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        format!(
            "the value is not YAML: {}",
            error.render_with_formatter(&serde_saphyr::UserMessageFormatter)
        )
    })?;
    Ok(match read {
        Value::Number(number) if is_text || number.to_string() != text => {
            Value::String(text.to_owned())
        }
        Value::Bool(_) if is_text => Value::String(text.to_owned()),
        read => read,
    })
}

// === impl Step ===

impl Step {
    /// The place that the step leads to, made where it is not there.
    fn enter<'a>(&self, place: &'a mut Value) -> Result<&'a mut Value, String> {
        match self {
            Self::Key(key) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                let map = place
                    .as_object_mut()
                    .ok_or_else(|| format!("{key}: not within an object"))?;
                Ok(map.entry(key.clone()).or_insert(Value::Null))
            }
            Self::Index(at) => element(list(place)?, Some(*at), &Value::Null),
            Self::Named(field, name) => {
                let list = list(place)?;
                let at = list.iter().position(|item| item[field] == name.as_str());
                let new = Value::Object(Map::from_iter([(field.clone(), name.as_str().into())]));
                element(list, at, &new)
            }
        }
    }
}

fn list(place: &mut Value) -> Result<&mut Vec<Value>, String> {
    if place.is_null() {
        *place = Value::Array(Vec::new());
    }
    place
        .as_array_mut()
        .ok_or_else(|| "brackets, but the field is not a list".to_owned())
}

/// The element at a place, or a new one at the end.
fn element<'a>(
    list: &'a mut Vec<Value>,
    at: Option<usize>,
    new: &Value,
) -> Result<&'a mut Value, String> {
    let count = list.len();
    let at = at.unwrap_or(count);
    if at == count {
        list.push(new.clone());
    }
    list.get_mut(at)
        .ok_or_else(|| format!("[{at}]: the list has {count} elements; [{count}] would add one"))
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
