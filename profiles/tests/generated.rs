//! The schemas for editors are what the code gives, and say what the code says; the defaults are read
//! as JSON. `cargo xtask generate` writes these files anew.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::path::PathBuf;

use mainsheet_crds::installation::Profile;
use mainsheet_profiles::{Release, installation_schema, profile, values_schema};
use serde_json::{Value, json};

#[test]
fn the_committed_files_are_what_the_code_gives() {
    let defaults = serde_saphyr::from_str(include_str!("../data/defaults.yaml"));
    for (name, wanted) in [
        ("schema/meshinstallation.schema.json", installation_schema()),
        ("schema/values.schema.json", values_schema()),
        ("defaults.json", defaults.expect("YAML")),
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("generated")
            .join(name);
        let wanted = format!("{wanted:#}\n");
        if std::env::var_os("MAINSHEET_GENERATE").is_some() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            std::fs::write(&path, &wanted).expect("the file");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{} is out of date: cargo xtask generate",
            path.display()
        );
    }
}

#[test]
fn every_profile_written_out_fits_the_schema() {
    let schema = installation_schema();
    for of in Profile::ALL {
        let mut dump = profile::dump(of, Release::newest());
        // The injector is told more than people write.
        dump["spec"]["values"]["pilot"]["cni"] = json!({ "enabled": true, "provider": "default" });
        let refused = refusals(&dump, &schema, "");
        assert_eq!(refused, Vec::<String>::new(), "{of}");
    }
}

#[test]
fn what_is_refused_is_refused_by_the_schema_too() {
    let schema = installation_schema();
    let refused = |spec: Value| {
        let document = json!({
            "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
            "metadata": { "name": "mesh" }, "spec": spec,
        });
        refusals(&document, &schema, "")
    };
    assert_eq!(refused(json!({ "tag": 5 })), Vec::<String>::new());
    for (spec, at) in [
        (json!({ "profil": "demo" }), ".spec.profil"),
        (json!({ "profile": "demmo" }), ".spec.profile"),
        (json!({ "suspend": "yes" }), ".spec.suspend"),
        (json!({ "values": { "pilott": {} } }), ".spec.values.pilott"),
        (
            json!({ "values": { "pilot": { "replicaCount": -1 } } }),
            ".spec.values.pilot.replicaCount",
        ),
        (
            json!({ "meshConfig": { "acessLogFile": "x" } }),
            ".spec.meshConfig.acessLogFile",
        ),
        (
            json!({ "components": { "ingressGateways": [{}] } }),
            ".spec.components.ingressGateways[0].name",
        ),
        (
            json!({ "components": { "pilot": { "k8s": { "replicas": 1 } } } }),
            ".spec.components.pilot.k8s.replicas",
        ),
    ] {
        assert_eq!(refused(spec), [at]);
    }
}

/// Keywords that say nothing about what the test below looks at.
const OTHER_KEYWORDS: [&str; 12] = [
    "$schema",
    "title",
    "description",
    "default",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "maximum",
];

/// Paths of what does not fit, as far as types, names, lists and fixed words go.
fn refusals(value: &Value, schema: &Value, path: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut fits = true;
    for (keyword, means) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "type" => fits &= is_one(value, means),
            "enum" => {
                fits &= means
                    .as_array()
                    .is_some_and(|allowed| allowed.contains(value));
            }
            "const" => fits &= value == means,
            "minimum" => {
                fits &= value
                    .as_f64()
                    .is_none_or(|n| n >= means.as_f64().unwrap_or(0.0));
            }
            "required" => {
                let names = means
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let missing = names.filter(|name| value.is_object() && value.get(name).is_none());
                out.extend(missing.map(|name| format!("{path}.{name}")));
            }
            "properties" | "additionalProperties" => {}
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    out.extend(refusals(item, means, &format!("{path}[{at}]")));
                }
            }
            other => assert!(OTHER_KEYWORDS.contains(&other), "{path}: keyword {other}"),
        }
    }
    for (key, below) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match (
            schema["properties"].get(key),
            &schema["additionalProperties"],
        ) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => {
                out.extend(refusals(below, schema, &path));
            }
            (None, Value::Bool(false)) => out.push(path),
            (None, _) => {}
        }
    }
    if !fits {
        out.push(path.to_owned());
    }
    out
}

fn is_one(value: &Value, kinds: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type {other}"),
    };
    match kinds {
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    }
}
