//! Checks given values against the lines of this module: unknown keys with the nearest known one,
//! wrong types with what is allowed. Every finding is collected.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Entry, Kind, Node, tree};
use crate::error::Finding;
use crate::suggest::nearest;

/// Findings in `values`, for a minor version of Istio.
pub(crate) fn check(values: &Value, minor: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(values, tree(), "spec.values", minor, &mut findings);
    findings
}

/// Findings in `spec.meshConfig`.
pub(crate) fn check_mesh_config(mesh: Option<&Map<String, Value>>, minor: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(mesh), Node::Branch(root)) = (mesh, tree())
        && let Some(node) = root.get("meshConfig")
    {
        walk(
            &Value::Object(mesh.clone()),
            node,
            "spec.meshConfig",
            minor,
            &mut findings,
        );
    }
    findings
}

fn walk(value: &Value, node: &Node, path: &str, minor: u32, findings: &mut Vec<Finding>) {
    match node {
        Node::Leaf(entry) if entry.since > minor => findings.push(Finding::new(
            path,
            format!(
                "not read by Istio 1.{minor}; it exists from 1.{} on",
                entry.since
            ),
        )),
        Node::Leaf(entry) => check_leaf(value, entry, path, findings),
        Node::Branch(below) => match value {
            Value::Null => {}
            Value::Object(map) => {
                for (key, value) in map {
                    let path = format!("{path}.{}", step(key));
                    match below.get(key.as_str()) {
                        Some(node) => walk(value, node, &path, minor, findings),
                        None => findings.push(unknown(&path, key, below)),
                    }
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                findings.push(Finding::new(path, mismatch(value, "an object")));
            }
        },
    }
}

fn unknown(path: &str, key: &str, below: &BTreeMap<&'static str, Node>) -> Finding {
    let problem = if let Some(known) = nearest(key, below.keys().copied()) {
        format!("no template reads it; did you mean `{known}`?")
    } else {
        let known: Vec<&str> = below.keys().copied().take(12).collect();
        let more = if below.len() > known.len() {
            ", …"
        } else {
            ""
        };
        format!(
            "no template reads it; known here: {}{more}",
            known.join(", ")
        )
    };
    Finding::new(path, problem)
}

fn check_leaf(value: &Value, entry: &Entry, path: &str, findings: &mut Vec<Finding>) {
    // Null takes a default away, whatever the type.
    if value.is_null() {
        return;
    }
    if !entry.kind.admits(value) {
        findings.push(Finding::new(path, mismatch(value, &entry.kind.allowed())));
    }
}

fn mismatch(given: &Value, allowed: &str) -> String {
    format!("{} given, allowed: {allowed}", describe(given))
}

/// A key as a step of a path: one with dots in brackets.
fn step(key: &str) -> String {
    if key.contains(['.', '[', '\n']) {
        format!("[{key:?}]")
    } else {
        key.to_owned()
    }
}

/// A value as it is named in a message, shortened.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            let text = scalar.to_string();
            let mut short: String = text.chars().take(60).collect();
            if short.len() < text.len() {
                short.push('…');
            }
            short
        }
    }
}

// === impl Kind ===

impl Kind {
    /// Whether the value is of this kind.
    pub(crate) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Bool => value.is_boolean(),
            Self::Count => value.is_u64(),
            Self::Number => value.is_number(),
            Self::Text => value.is_string(),
            Self::OneOf(allowed) => value.as_str().is_some_and(|text| allowed.contains(&text)),
            Self::Scalar => is_scalar(value),
            Self::CountOrShare => value.is_u64() || value.is_string(),
            Self::Texts => all(value, Value::is_string),
            Self::Scalars => each(value, is_scalar),
            Self::TextMap => each(value, Value::is_string),
            Self::Object => value.is_object(),
            Self::Objects => all(value, Value::is_object),
            Self::List => value.is_array(),
            Self::Any => true,
        }
    }

    fn allowed(self) -> String {
        let text = match self {
            Self::OneOf(allowed) => return allowed.join(", "),
            Self::Bool => "true or false",
            Self::Count => "a whole number, not negative",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Scalar => "a string, number or boolean",
            Self::CountOrShare => "a whole number, or a percentage such as \"25%\"",
            Self::Texts => "a list of strings",
            Self::Scalars => "a map to strings, numbers or booleans",
            Self::TextMap => "a map to strings",
            Self::Object => "an object",
            Self::Objects => "a list of objects",
            Self::List => "a list",
            Self::Any => "anything",
        };
        text.to_owned()
    }
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

fn all(value: &Value, test: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(test))
}

fn each(value: &Value, test: impl Fn(&Value) -> bool) -> bool {
    value
        .as_object()
        .is_some_and(|map| map.values().all(|v| v.is_null() || test(v)))
}
