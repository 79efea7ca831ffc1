//! From a spec to a resolved mesh: layers, versions, and what is refused.

#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests"
)]

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::Profile;
use mainsheet_profiles::merge::at;
use mainsheet_profiles::{ComponentKind, Context, Resolved, parse_spec, profile, resolve};
use serde_json::{Value, json};

fn spec(spec: Value) -> MeshInstallationSpec {
    parse_spec(&spec).expect("a valid spec")
}

fn resolved(given: Value) -> Resolved {
    resolve("mesh", &spec(given), &Context::default()).expect("resolves")
}

fn value(resolved: &Resolved, path: &str) -> Value {
    let values = Value::Object(resolved.values.clone());
    at(&values, path).cloned().unwrap_or_default()
}

/// The findings as `path: problem`.
fn refused(given: Value) -> Vec<String> {
    let error = match parse_spec(&given) {
        Err(error) => error,
        Ok(spec) => resolve("mesh", &spec, &Context::default()).expect_err("refused"),
    };
    error.findings().iter().map(ToString::to_string).collect()
}

#[test]
fn each_layer_lies_over_the_one_before() {
    let sampling = |given| value(&resolved(given), "pilot.traceSampling");
    assert_eq!(sampling(json!({})), json!(1));
    assert_eq!(sampling(json!({ "profile": "demo" })), json!(100));
    let env = "pilot.env.ENABLE_NATIVE_SIDECARS";
    let kept = json!({ "compatibilityVersion": "1.26" });
    assert_eq!(value(&resolved(kept), env), json!("false"));
    let over = json!({
        "compatibilityVersion": "1.26",
        "values": { "pilot": { "env": { "ENABLE_NATIVE_SIDECARS": "true" } } },
    });
    assert_eq!(value(&resolved(over), env), json!("true"));
    let platform = json!({ "values": { "global": { "platform": "k3s" } } });
    assert_eq!(
        value(&resolved(platform), "cni.cniBinDir"),
        json!("/var/lib/rancher/k3s/data/cni")
    );
    let field = json!({ "hub": "a", "values": { "global": { "hub": "b" } } });
    assert_eq!(value(&resolved(field), "global.hub"), json!("b"));
}

#[test]
fn a_version_is_exact_a_channel_or_the_newest() {
    let version = |given| resolved(given).version;
    assert_eq!(version(json!({})), "1.30.3");
    assert_eq!(version(json!({ "version": "1.29" })), "1.29.6");
    assert_eq!(version(json!({ "version": "1.31" })), "1.31.0");
    let errors = refused(json!({ "version": "1.30.4" }));
    assert!(
        errors[0].starts_with("spec.version: \"1.30.4\" is not bundled; did you mean 1.30.3?"),
        "{errors:?}"
    );
}

#[test]
fn an_installed_version_is_kept_when_none_is_named() {
    let context = Context {
        installed: Some("1.29.6".into()),
        ..Context::default()
    };
    let kept = resolve("mesh", &spec(json!({})), &context).expect("resolves");
    assert_eq!(kept.version, "1.29.6");
}

#[test]
fn gke_is_told_by_the_servers_version() {
    let context = Context {
        kubernetes: Some("v1.34.1-gke.100".into()),
        ..Context::default()
    };
    let given = spec(json!({ "components": { "cni": { "enabled": true } } }));
    let mesh = resolve("mesh", &given, &context).expect("resolves");
    let cni = mesh
        .components
        .iter()
        .find(|c| c.kind == ComponentKind::Cni)
        .expect("cni");
    assert_eq!(cni.namespace, "kube-system");
    assert_eq!(value(&mesh, "cni.cniBinDir"), json!("/home/kubernetes/bin"));
    assert_eq!(value(&mesh, "cni.resourceQuotas.enabled"), json!(false));
}

#[test]
fn every_finding_is_reported_with_path_and_what_is_allowed() {
    let errors = refused(json!({
        "values": {
            "global": { "proxy": { "loglevel": "debug", "privileged": "yes" }, "resourceScope": "none" },
            "pilott": {},
            "meshConfig": { "acessLogFile": "x" },
        },
    }));
    assert_eq!(
        errors,
        [
            "spec.values.global.proxy.loglevel: no template reads it; did you mean `logLevel`?",
            "spec.values.global.proxy.privileged: \"yes\" given, allowed: true or false",
            "spec.values.global.resourceScope: \"none\" given, allowed: all, cluster, namespace",
            "spec.values.meshConfig.acessLogFile: no template reads it; did you mean `accessLogFile`?",
            "spec.values.pilott: no template reads it; did you mean `pilot`?",
        ]
    );
}

#[test]
fn a_value_of_a_later_version_is_refused() {
    let errors =
        refused(json!({ "version": "1.28", "values": { "pilot": { "crlConfigMapName": "x" } } }));
    assert_eq!(
        errors,
        ["spec.values.pilot.crlConfigMapName: not read by Istio 1.28; it exists from 1.29 on"]
    );
}

#[test]
fn fields_that_do_not_exist_are_refused() {
    let errors = refused(
        json!({ "profil": "demo", "components": { "pilot": { "k8s": { "replicas": 1 } } } }),
    );
    assert_eq!(errors.len(), 2);
    assert!(
        errors[0].starts_with("spec.components.pilot.k8s.replicas: no such field"),
        "{errors:?}"
    );
    assert_eq!(
        errors[1],
        "spec.profil: no such field; did you mean `profile`?"
    );
    let errors = refused(json!({ "profile": "dmeo" }));
    assert!(
        errors[0]
            .starts_with("spec.profile: \"dmeo\" given, did you mean demo? allowed: default, demo"),
        "{errors:?}"
    );
    let errors = refused(json!({ "suspend": "no", "meshConfig": [] }));
    assert_eq!(
        errors,
        [
            "spec.meshConfig: a list given, allowed: an object",
            "spec.suspend: \"no\" given, allowed: true or false",
        ]
    );
}

#[test]
fn names_must_be_names() {
    for (given, path) in [
        (json!({ "namespace": "a\nb" }), "spec.namespace"),
        (json!({ "revision": "1.30" }), "spec.revision"),
        (json!({ "hub": "{{ x }}" }), "spec.hub"),
        (
            json!({ "values": { "revisionTags": ["a b"] } }),
            "spec.values.revisionTags[0]",
        ),
        (
            json!({ "components": { "ingressGateways": [{ "name": "a: b" }] } }),
            "spec.components.ingressGateways[0].name",
        ),
    ] {
        assert!(refused(given.clone())[0].starts_with(path), "{given}");
    }
    let long = "x".repeat(64);
    let error = resolve(&long, &spec(json!({})), &Context::default()).expect_err("too long");
    assert_eq!(error.path(), "metadata.name");
    assert!(
        error
            .to_string()
            .contains("64 characters given, allowed: at most 63"),
        "{error}"
    );
}

#[test]
fn a_spec_of_a_mebibyte_is_refused_with_its_size() {
    let errors = refused(json!({ "meshConfig": { "accessLogFormat": "x".repeat(1 << 20) } }));
    assert!(errors[0].starts_with("spec: 10"), "{}", &errors[0][..80]);
    assert!(
        errors[0].ends_with("bytes as JSON, allowed: at most 524288"),
        "{errors:?}"
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    let errors =
        refused(json!({ "namespace": "a", "values": { "global": { "istioNamespace": "b" } } }));
    assert!(
        errors[0].starts_with("spec.values.global.istioNamespace: \"b\" given"),
        "{errors:?}"
    );
    let errors =
        refused(json!({ "components": { "ingressGateways": [{ "name": "a" }, { "name": "a" }] } }));
    assert!(
        errors[0].contains("there is another gateway of this name"),
        "{errors:?}"
    );
    let errors = refused(json!({ "revision": "r", "values": { "revisionTags": ["r"] } }));
    assert!(errors[0].contains("is the revision itself"), "{errors:?}");
}

#[test]
fn a_record_is_read_back_as_it_was_written() {
    for profile in Profile::ALL {
        let mesh = resolved(json!({ "profile": profile }));
        let json = serde_json::to_string(&mesh).expect("serializes");
        let read: Resolved = serde_json::from_str(&json).expect("deserializes");
        assert_eq!(read, mesh);
        assert_eq!(read.hash(), mesh.hash());
        assert_eq!(mesh.hash().len(), 64);
    }
}

#[test]
fn any_change_changes_the_hash() {
    let base = resolved(json!({})).hash();
    for other in [
        json!({ "profile": "minimal" }),
        json!({ "values": { "global": { "meshID": "m" } } }),
        json!({ "components": { "pilot": { "k8s": { "replicaCount": 2 } } } }),
        json!({ "version": "1.29" }),
    ] {
        assert_ne!(resolved(other.clone()).hash(), base, "{other}");
    }
    assert_eq!(resolved(json!({ "profile": "default" })).hash(), base);
}

#[test]
fn a_dumped_profile_is_a_valid_spec_of_the_same_mesh() {
    for profile in Profile::ALL {
        let dumped = profile::dump(profile, mainsheet_profiles::Release::newest());
        let again = resolved(dumped["spec"].clone());
        let mesh = resolved(json!({ "profile": profile }));
        assert_eq!(again.components, mesh.components, "{profile}");
        for path in [
            "global",
            "meshConfig",
            "gateways",
            "istiodRemote",
            "pilot.env",
            "cni",
        ] {
            assert!(
                value(&again, path) == value(&mesh, path),
                "{profile}: {path} differs"
            );
        }
    }
}

#[test]
fn the_published_schema_knows_every_value_that_is_checked() {
    let schema = mainsheet_profiles::values_schema();
    let log_level =
        &schema["properties"]["global"]["properties"]["proxy"]["properties"]["logLevel"];
    assert_eq!(log_level["type"], json!(["string", "null"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn another_revision_takes_the_place_of_the_one_that_was_asked_for() {
    let given = json!({ "values": { "defaultRevision": "default" } });
    let context = Context {
        revision: Some("1-30-3-4f2a91".into()),
        ..Context::default()
    };
    let mesh = resolve("mesh", &spec(given.clone()), &context).expect("resolves");
    assert_eq!(mesh.istio_revision(), "1-30-3-4f2a91");
    assert_eq!(value(&mesh, "revision"), json!("1-30-3-4f2a91"));
    assert_eq!(value(&mesh, "defaultRevision"), json!("1-30-3-4f2a91"));
    let context = Context {
        revision: Some("default".into()),
        ..Context::default()
    };
    let back = resolve("mesh", &spec(given.clone()), &context).expect("resolves");
    assert_eq!(back, resolved(given));
}
