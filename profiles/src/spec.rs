//! A spec from a document that no API server has checked: unknown fields and wrong types are
//! findings, as they would be at admission.

use std::sync::LazyLock;

use mainsheet_crds::MeshInstallationSpec;
use serde_json::Value;

use crate::error::{Finding, ResolveError};
use crate::suggest::nearest;
use crate::surface::check::describe;

/// Reads a spec. Fields that do not exist are refused, with the nearest one that does.
pub fn parse_spec(spec: &Value) -> Result<MeshInstallationSpec, ResolveError> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(schema);
    ResolveError::check(schema_findings(spec, &SCHEMA["properties"]["spec"], "spec"))?;
    serde_json::from_value(spec.clone())
        .map_err(|error| Finding::new("spec", error.to_string()).into())
}

/// The schema that the API server checks with.
pub(crate) fn schema() -> Value {
    use mainsheet_crds::CustomResourceExt;

    let crd = mainsheet_crds::MeshInstallation::crd();
    let version = crd.spec.versions.into_iter().next();
    let schema = version.and_then(|version| version.schema?.open_api_v3_schema);
    serde_json::to_value(schema).unwrap_or_default()
}

/// What of a document a structural schema, as a CRD has it, does not allow: unknown fields, wrong
/// types, words that are not in an enumeration, fields that are missing.
pub fn schema_findings(value: &Value, schema: &Value, path: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(value, schema, path, &mut findings);
    findings
}

fn walk(value: &Value, schema: &Value, path: &str, findings: &mut Vec<Finding>) {
    if value.is_null() || schema.is_null() {
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        findings.push(Finding::new(path, not_one_of(value, allowed)));
        return;
    }
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(map)) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                if let Some(below) = schema["properties"].get(key) {
                    walk(value, below, &path, findings);
                } else if schema["additionalProperties"].is_object() {
                    walk(value, &schema["additionalProperties"], &path, findings);
                } else if schema["x-kubernetes-preserve-unknown-fields"] != true {
                    findings.push(unknown(&path, key, &schema["properties"]));
                }
            }
            for key in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                if !map.contains_key(key) {
                    findings.push(Finding::new(
                        format!("{path}.{key}"),
                        "missing, but required",
                    ));
                }
            }
        }
        (Some("array"), Value::Array(list)) => {
            for (index, item) in list.iter().enumerate() {
                walk(
                    item,
                    &schema["items"],
                    &format!("{path}[{index}]"),
                    findings,
                );
            }
        }
        (Some("string"), Value::String(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("integer" | "number"), Value::Number(_)) => {}
        (Some(wanted), other) => {
            let problem = format!("{} given, allowed: {}", describe(other), article(wanted));
            findings.push(Finding::new(path, problem));
        }
        (None, _) => {
            let int_or_string = schema["x-kubernetes-int-or-string"] == true;
            if int_or_string && !value.is_i64() && !value.is_string() {
                let problem = format!(
                    "{} given, allowed: a string or a whole number",
                    describe(value)
                );
                findings.push(Finding::new(path, problem));
            }
        }
    }
}

fn not_one_of(value: &Value, allowed: &[Value]) -> String {
    let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
    let meant = value
        .as_str()
        .and_then(|given| nearest(given, names.iter().copied()));
    let meant = meant
        .map(|name| format!("did you mean {name}? "))
        .unwrap_or_default();
    format!(
        "{} given, {meant}allowed: {}",
        describe(value),
        names.join(", ")
    )
}

fn unknown(path: &str, key: &str, properties: &Value) -> Finding {
    let known: Vec<&str> = properties
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let problem = match nearest(key, known.iter().copied()) {
        Some(known) => format!("no such field; did you mean `{known}`?"),
        None => format!("no such field; known here: {}", known.join(", ")),
    };
    Finding::new(path, problem)
}

fn article(kind: &str) -> String {
    match kind {
        "array" => "a list".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "a whole number".to_owned(),
        "object" => "an object".to_owned(),
        kind => format!("a {kind}"),
    }
}
