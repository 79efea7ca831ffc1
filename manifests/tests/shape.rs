//! What every rendered object has, over all profiles and versions; and what they are, as snapshots.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write;

use common::{objects, rendered};
use mainsheet_crds::installation::Profile;
use mainsheet_crds::meta;
use mainsheet_manifests::{Kind, Scope, Wave, to_yaml};
use mainsheet_profiles::catalogue::RELEASES;
use serde_json::{Value, json};

/// Every profile of every version, with what else there is turned on.
fn everything() -> impl Iterator<Item = (String, Value)> {
    RELEASES.iter().flat_map(|release| {
        Profile::ALL.into_iter().map(move |profile| {
            let spec = json!({
                "version": release.to_string(), "profile": profile, "revision": "blue",
                "components": { "cni": { "enabled": true }, "ztunnel": { "enabled": true } },
                "values": {
                    "revisionTags": ["prod"], "defaultRevision": "default",
                    "global": { "networkPolicy": { "enabled": true }, "network": "net" },
                },
            });
            (format!("{release} {profile}"), spec)
        })
    })
}

#[test]
fn every_object_is_labelled_placed_and_of_a_known_kind() {
    for (name, spec) in everything() {
        let manifests = rendered(&spec).expect(&name);
        for (object, body) in objects(&manifests) {
            let labels = &body["metadata"]["labels"];
            assert_eq!(
                labels[meta::LABEL_MANAGED_BY],
                meta::MANAGED_BY,
                "{name}: {}",
                object.id
            );
            let of_one_mesh = object.id.kind != Kind::Namespace;
            assert_eq!(
                labels[meta::LABEL_INSTALLATION] == "mesh",
                of_one_mesh,
                "{name}: {}",
                object.id
            );
            assert_eq!(
                labels[meta::LABEL_COMPONENT],
                object.component,
                "{name}: {}",
                object.id
            );
            assert_eq!(
                body["apiVersion"],
                object.id.kind.api_version(),
                "{name}: {}",
                object.id
            );
            let placed = object.id.namespace.is_some();
            assert_eq!(
                placed,
                object.id.kind.scope() == Scope::Namespaced,
                "{name}: {}",
                object.id
            );
            assert!(!has_null(body), "{name}: {} has a null", object.id);
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[test]
fn every_namespace_that_is_used_is_made_and_knows_its_network() {
    for (name, spec) in everything() {
        let manifests = rendered(&spec).expect(&name);
        let made: BTreeSet<_> = objects(&manifests)
            .filter(|(object, _)| object.wave == Wave::Namespaces)
            .map(|(object, body)| {
                assert_eq!(
                    body["metadata"]["labels"]["topology.istio.io/network"],
                    "net"
                );
                object.id.name.clone()
            })
            .collect();
        let used = objects(&manifests).filter_map(|(object, _)| object.id.namespace.clone());
        for namespace in used.filter(|namespace| namespace != "default") {
            assert!(made.contains(&namespace), "{name}: {namespace}");
        }
    }
}

#[test]
fn variables_of_a_container_have_different_names() {
    let spec = json!({ "values": { "pilot": { "env": { "POD_NAME": "x", "CLUSTER_ID": "y" } } } });
    let manifests = rendered(&spec).expect("resolves");
    for (object, body) in objects(&manifests) {
        let containers = body
            .pointer("/spec/template/spec/containers")
            .and_then(Value::as_array);
        for container in containers.into_iter().flatten() {
            let env = container["env"].as_array().cloned().unwrap_or_default();
            let names: BTreeSet<_> = env.iter().map(|v| v["name"].to_string()).collect();
            assert_eq!(names.len(), env.len(), "{}", object.id);
        }
    }
}

#[test]
fn settings_and_overlays_are_laid_over_the_objects() {
    let spec = json!({
        "revision": "blue",
        "components": { "pilot": { "k8s": {
            "replicaCount": 3,
            "env": [{ "name": "REVISION", "value": "mine" }, { "name": "MORE", "value": "1" }],
            "resources": { "limits": { "cpu": "2" } },
            "overlays": [{ "kind": "Service", "name": "istiod-blue", "patches": [
                { "path": "spec.ports.[name:grpc-xds]" },
                { "path": "spec.sessionAffinity", "value": "ClientIP" },
            ]}],
        }}},
    });
    let manifests = rendered(&spec).expect("resolves");
    let of = |kind: &str, name: &str| {
        let mut all = objects(&manifests);
        all.find(|(object, _)| object.id.kind.as_str() == kind && object.id.name == name)
            .expect(name)
            .1
    };
    let istiod = &of("Deployment", "istiod-blue")["spec"];
    assert_eq!(istiod["replicas"], 3);
    let container = &istiod["template"]["spec"]["containers"][0];
    assert_eq!(
        container["env"][0],
        json!({ "name": "REVISION", "value": "mine" })
    );
    assert_eq!(container["resources"]["limits"], json!({ "cpu": "2" }));
    assert_eq!(container["resources"]["requests"]["cpu"], "500m");
    let service = &of("Service", "istiod-blue")["spec"];
    assert_eq!(service["ports"].as_array().map(Vec::len), Some(3));
    assert_eq!(service["sessionAffinity"], "ClientIP");
}

#[test]
fn an_overlay_on_nothing_is_refused_with_what_there_is() {
    let overlay = json!({ "kind": "Service", "name": "istio", "patches": [] });
    let spec = json!({ "components": { "pilot": { "k8s": { "overlays": [overlay] } } } });
    let spec = mainsheet_profiles::parse_spec(&spec).expect("valid");
    let resolved =
        mainsheet_profiles::resolve("mesh", &spec, &mainsheet_profiles::Context::default())
            .expect("resolves");
    let error = mainsheet_manifests::render(&resolved).expect_err("no such Service");
    let expected = "spec.components.pilot.k8s.overlays[0]: the component has no Service \"istio\"; it has: istiod";
    assert_eq!(error.to_string(), expected);
}

/// The objects of each profile, each with a digest: a change of any shows, and which.
#[test]
fn objects_of_every_profile() {
    for release in &RELEASES {
        let mut list = String::new();
        for profile in Profile::ALL {
            let spec = json!({ "version": release.to_string(), "profile": profile });
            let manifests = rendered(&spec).expect("resolves");
            for (object, body) in objects(&manifests) {
                let digest = digest(&to_yaml(&without_templates(body)));
                let _ = writeln!(
                    list,
                    "{profile} {:?} {} {digest:016x}",
                    object.wave, object.id
                );
            }
        }
        insta::assert_snapshot!(format!("objects_{release}"), list);
    }
}

#[test]
fn demo_in_full() {
    let spec = json!({ "version": "1.30.3", "profile": "demo" });
    let manifests = rendered(&spec).expect("resolves");
    let mut text = String::new();
    for (_, body) in objects(&manifests) {
        let _ = write!(text, "---\n{}", to_yaml(&without_templates(body)));
    }
    insta::assert_snapshot!(text);
}

/// The injection templates and the dashboards have tests of their own.
fn without_templates(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(config) = body.pointer_mut("/data/config") {
        *config = json!("…");
    }
    if body["metadata"]["name"] == "grafana-dashboards"
        && let Some(files) = body["data"].as_object_mut()
    {
        files.values_mut().for_each(|file| *file = json!("…"));
    }
    body
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
