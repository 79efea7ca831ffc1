//! The types read and write whatever the CRDs allow.

use std::collections::BTreeSet;

use mainsheet_crds::istio::{self, IstioKind};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support;

/// Reads an object of any kind and writes it again.
fn round_trip(object: &Value) -> Value {
    fn of<K: IstioKind + Serialize + DeserializeOwned>(object: &Value) -> Value {
        let typed: K = serde_json::from_value(object.clone()).unwrap();
        serde_json::to_value(typed).unwrap()
    }
    match object["kind"].as_str().unwrap() {
        "AuthorizationPolicy" => of::<istio::AuthorizationPolicy>(object),
        "DestinationRule" => of::<istio::DestinationRule>(object),
        "EnvoyFilter" => of::<istio::EnvoyFilter>(object),
        "Gateway" => of::<istio::Gateway>(object),
        "PeerAuthentication" => of::<istio::PeerAuthentication>(object),
        "ProxyConfig" => of::<istio::ProxyConfig>(object),
        "RequestAuthentication" => of::<istio::RequestAuthentication>(object),
        "ServiceEntry" => of::<istio::ServiceEntry>(object),
        "Sidecar" => of::<istio::Sidecar>(object),
        "Telemetry" => of::<istio::Telemetry>(object),
        "TrafficExtension" => of::<istio::TrafficExtension>(object),
        "VirtualService" => of::<istio::VirtualService>(object),
        "WasmPlugin" => of::<istio::WasmPlugin>(object),
        "WorkloadEntry" => of::<istio::WorkloadEntry>(object),
        "WorkloadGroup" => of::<istio::WorkloadGroup>(object),
        kind => panic!("{kind} is none of Istio's kinds"),
    }
}

#[test]
fn no_field_that_a_schema_knows_is_lost() {
    for (name, crd) in support::committed() {
        let schema = support::schema(&crd);
        let mut object = sample(schema);
        object["kind"] = crd["spec"]["names"]["kind"].clone();
        object["metadata"] = json!({"name": "sample"});
        let written = round_trip(&object);
        assert_eq!(written["spec"], object["spec"], "{name}");
        assert_eq!(written["status"], object["status"], "{name}");
    }
}

/// A value with everything in it that a schema knows, never mind its rules.
fn sample(schema: &Value) -> Value {
    if schema["x-kubernetes-int-or-string"] == true {
        return json!("7");
    }
    if let Some(properties) = schema["properties"].as_object() {
        return properties
            .iter()
            .map(|(name, schema)| (name.clone(), sample(schema)))
            .collect();
    }
    match schema["type"].as_str().unwrap() {
        "string" if schema["format"] == "date-time" => json!("2026-01-02T03:04:05Z"),
        "string" => schema["enum"]
            .get(0)
            .cloned()
            .unwrap_or_else(|| json!("text")),
        "integer" => json!(1),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "array" => json!([sample(&schema["items"])]),
        "object" if schema["additionalProperties"].is_object() => {
            json!({"key": sample(&schema["additionalProperties"])})
        }
        "object" => json!({"anything": {"goes": [null]}}),
        other => panic!("{other} is no type of a schema"),
    }
}

#[test]
fn documents_are_written_as_they_were_read() {
    for (file, text) in support::texts(&support::path("tests/istio/accept")) {
        for document in text.split("---\n").map(support::parse) {
            let written = round_trip(&document);
            if let Some(spec) = document.get("spec") {
                assert_eq!(plain(&written["spec"]), plain(spec), "{file}");
            }
        }
    }
}

/// With all that two documents may write differently and mean the same: a null is no field, and
/// `10` is `10.0`. What is not Istio's to know is left as it is.
fn plain(spec: &Value) -> Value {
    match spec {
        Value::Object(map) if map.contains_key("typed_config") => spec.clone(),
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Number(number) => number.as_f64().into(),
        Value::Null | Value::Bool(_) | Value::String(_) => spec.clone(),
    }
}

#[test]
fn what_a_status_says_beyond_the_types_is_kept() {
    let entry = json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": "library"},
        "spec": {"hosts": ["library.example.com"]},
        "status": {
            "conditions": [{"type": "Reconciled", "status": "True", "observedGeneration": 3}],
            "addresses": [{"value": "240.240.0.1"}],
        },
    });
    assert_eq!(round_trip(&entry), entry);
}

#[test]
fn every_kind_and_every_rule_has_documents() {
    let refused = support::texts(&support::path("tests/istio/refuse"));
    let expected: Vec<_> = refused
        .iter()
        .flat_map(|(_, text)| text.split("---\n"))
        .map(|document| {
            let first = document.lines().next().unwrap();
            first.strip_prefix("# expect: ").unwrap()
        })
        .collect();
    let accepted = support::texts(&support::path("tests/istio/accept"));
    for (name, crd) in support::committed() {
        let kind = format!("kind: {}\n", crd["spec"]["names"]["kind"].as_str().unwrap());
        for texts in [&refused, &accepted] {
            assert!(texts.iter().any(|(_, text)| text.contains(&kind)), "{name}");
        }
        for message in messages(support::schema(&crd)) {
            assert!(
                expected.contains(&message),
                "nothing breaks the rule {message:?} of {name}"
            );
        }
    }
}

/// The messages of all CEL rules in a schema.
fn messages(schema: &Value) -> BTreeSet<&str> {
    let rules = schema["x-kubernetes-validations"].as_array();
    let own = rules
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["message"].as_str());
    let parts = schema.as_object().into_iter().flat_map(|map| map.values());
    own.chain(parts.flat_map(messages)).collect()
}
