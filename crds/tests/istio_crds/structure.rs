//! The CRDs have the shape of Istio's own: everything but the descriptions.
//!
//! Istio's CRDs are not kept here. The comparison with them runs where they are at hand: in the
//! folder that `MAINSHEET_REFERENCE_CRDS` names, or beside the repository. The fingerprints of the
//! shape, taken when it was found equal, hold it everywhere else.

use std::{collections::BTreeMap, env, fmt::Write, path::PathBuf};

use serde_json::{Value, json};

use crate::support;

const FINGERPRINTS: &str = include_str!("../istio/fingerprints.txt");

#[test]
fn the_shape_is_the_one_that_was_found_equal() {
    let mut found = String::new();
    for (name, crd) in support::committed() {
        writeln!(found, "{:016x} {name}", fingerprint(&structure(&crd))).unwrap();
    }
    assert_eq!(
        found, FINGERPRINTS,
        "the shape has changed: pin it anew only after the comparison with Istio's CRDs"
    );
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a comparison that did not run must not look like one"
)]
fn the_shape_is_that_of_istios_own_crds() {
    let beside = support::path("../../shared/reference/crds/1.31.0");
    let folder = env::var_os("MAINSHEET_REFERENCE_CRDS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: MAINSHEET_REFERENCE_CRDS names no folder with Istio's CRDs");
        return;
    }
    let reference: Vec<_> = support::texts(&folder)
        .into_iter()
        .map(|(name, text)| (name, normal(&support::parse(&text))))
        .collect();
    let ours = support::committed();
    assert_eq!(ours.len(), reference.len());
    for ((name, crd), (reference_name, reference)) in ours.iter().zip(&reference) {
        assert_eq!(name, reference_name);
        assert!(structure(crd) == *reference, "{name} differs");
    }
}

#[test]
fn all_versions_of_a_kind_have_one_shape() {
    for (name, crd) in support::committed() {
        let mut shapes = crd["spec"]["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| {
                let schema = normal(&version["schema"]["openAPIV3Schema"]);
                (
                    schema,
                    &version["additionalPrinterColumns"],
                    &version["subresources"],
                )
            });
        let first = shapes.next().unwrap();
        assert!(shapes.all(|shape| shape == first), "{name}");
    }
}

/// A CRD in the form that Istio's are compared in: what differs between versions is a list, what
/// does not is said once, and there are no texts.
fn structure(crd: &Value) -> Value {
    let spec = &crd["spec"];
    let versions = spec["versions"].as_array().unwrap();
    let of_version = |version: &Value| {
        json!({
            "name": version["name"],
            "served": version["served"],
            "storage": version["storage"],
            "deprecated": version.get("deprecated").unwrap_or(&Value::Bool(false)),
        })
    };
    normal(&json!({
        "additionalPrinterColumns": versions[0]["additionalPrinterColumns"],
        "group": spec["group"],
        "names": spec["names"],
        "schema": versions[0]["schema"]["openAPIV3Schema"],
        "scope": spec["scope"],
        "subresources": versions[0]["subresources"],
        "versions": versions.iter().map(of_version).collect::<Value>(),
    }))
}

/// Without descriptions, and with lists sorted whose order means nothing.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| !(*key == "description" && value.is_string()))
            .map(|(key, value)| (key.clone(), normal_field(key, value)))
            .collect(),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn normal_field(key: &str, value: &Value) -> Value {
    let mut value = normal(value);
    if let Some(fields) = value.as_array_mut().filter(|_| key == "required") {
        fields.sort_by_key(Value::to_string);
    }
    value
}

/// FNV-1a over a text of the value in which keys are sorted.
fn fingerprint(value: &Value) -> u64 {
    let mut text = String::new();
    write_sorted(value, &mut text);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().collect::<BTreeMap<_, _>>() {
                write!(text, "{{{key:?}:").unwrap();
                write_sorted(value, text);
                text.push('}');
            }
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_sorted(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            write!(text, "{value}").unwrap();
        }
    }
}
