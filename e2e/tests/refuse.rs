//! Bad input: refused at admission, or Stalled with the field's path and what is allowed.

use anyhow::Result;
use mainsheet_e2e::{World, installation};
use serde_json::{Value, json};

/// Specs that the API server refuses, and words of its answer.
fn at_admission() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({"profile": "demi"}),
            "supported values: \"default\", \"demo\", \"minimal\"",
        ),
        (json!({"version": "latest"}), "spec.version"),
        (json!({"colour": "blue"}), "unknown field \"spec.colour\""),
        (
            json!({"components": {"pilot": {"enabled": "yes"}}}),
            "spec.components.pilot.enabled",
        ),
        (json!({"namespace": "Not A Name"}), "spec.namespace"),
        (json!({"revision": "1.30"}), "spec.revision"),
        (json!({"hub": "a\nb: c"}), "spec.hub"),
        (
            json!({"addons": {"kiali": {"enable": true}}}),
            "unknown field \"spec.addons.kiali.enable\"",
        ),
        (json!({"drift": "Loose"}), "spec.drift"),
        (json!({"deletionPolicy": "Perhaps"}), "spec.deletionPolicy"),
    ]
}

/// Specs that only the operator can judge, and words of its message.
fn by_the_operator() -> Vec<(Value, Vec<&'static str>)> {
    vec![
        (
            // The mesh's own name, by its place in this list.
            json!({"tags": [{"name": "bad-0", "target": "Active"}]}),
            vec!["spec.tags[0].name", "\"bad-0\""],
        ),
        (
            json!({"upgrade": {"dataPlane": {"waves": [{"name": "rest"}]}}}),
            vec!["spec.upgrade.dataPlane.waves[0].name", "\"rest\""],
        ),
        (
            json!({"version": "1.2.3"}),
            vec!["spec.version", "1.2.3", "1.30.3"],
        ),
        (
            json!({"values": {"pilot": {"replicaCont": 2}}}),
            vec!["spec.values.pilot.replicaCont", "replicaCount"],
        ),
        (
            json!({"values": {"pilot": {"replicaCount": "two"}}}),
            vec!["spec.values.pilot.replicaCount", "two"],
        ),
        (
            json!({"values": {"nothing": 1}}),
            vec!["spec.values.nothing"],
        ),
        (
            json!({"addons": {"jaeger": {}, "zipkin": {}}}),
            vec!["spec.addons.zipkin", "jaeger is enabled too"],
        ),
        (
            json!({"meshConfig": {"accessLogFile": "x".repeat(600 * 1024)}}),
            vec!["spec: ", "at most 524288"],
        ),
    ]
}

fn document(name: &str, spec: &Value) -> String {
    installation(name, spec)
}

#[test]
fn bad_input_is_refused_by_name() -> Result<()> {
    let world = World::new("refuse")?;
    let operator = world.start_operator()?;

    for (spec, words) in at_admission() {
        let output = world.try_apply(&document("bad", &spec))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "accepted: {spec}");
        assert!(said.contains(words), "{spec}: {said}");
    }

    for (at, (spec, words)) in by_the_operator().into_iter().enumerate() {
        let name = format!("bad-{at}");
        let mut spec = spec;
        spec["revision"] = json!(name);
        world.apply_large(&document(&name, &spec))?;
        let said = world.wait_stalled(&name)?;
        for word in words {
            assert!(said.contains(word), "{word} is not in: {said}");
        }
        world.delete(&name)?;
    }

    // Text that looks like YAML or like a template stays that same text.
    let odd = "a\"b'c\n---\n{{ .Values.x }}: #d";
    let spec = json!({"profile": "minimal", "deletionPolicy": "Cascade", "meshConfig": {"accessLogFormat": odd}});
    world.apply(&document("mesh", &spec))?;
    world.wait_ready("mesh")?;
    let config = world.json(&["get", "configmap", "istio", "-n", "istio-system"])?;
    let mesh: Value = serde_saphyr::from_str(config["data"]["mesh"].as_str().unwrap_or_default())?;
    assert_eq!(mesh["accessLogFormat"], odd);

    // What cannot be changed is said so, with what to do instead.
    for (spec, words) in [
        (
            json!({"namespace": "elsewhere"}),
            "spec.namespace: cannot be changed",
        ),
        (
            json!({"revision": "other"}),
            "spec.revision: cannot be changed",
        ),
    ] {
        let output = world.try_apply(&document("mesh", &spec))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{said}");
    }

    // A second installation for the same place waits until the first is gone.
    world.apply(&document(
        "second",
        &json!({"profile": "minimal", "deletionPolicy": "Cascade"}),
    ))?;
    let said = world.wait_stalled("second")?;
    assert!(
        said.contains("MeshInstallation mesh has namespace istio-system and revision default"),
        "{said}"
    );
    world.delete("mesh")?;
    world.wait_ready("second")?;

    // An object of somebody else is not seized.
    world.delete("second")?;
    world.kubectl(&[
        "create",
        "service",
        "clusterip",
        "istiod",
        "-n",
        "istio-system",
        "--tcp=80",
    ])?;
    world.kubectl(&[
        "label",
        "service",
        "istiod",
        "-n",
        "istio-system",
        "app.kubernetes.io/managed-by=Helm",
    ])?;
    world.apply(&document(
        "mesh",
        &json!({"profile": "minimal", "deletionPolicy": "Cascade"}),
    ))?;
    let said = world.wait_stalled("mesh")?;
    assert!(
        said.contains("Service istio-system/istiod: belongs to somebody else"),
        "{said}"
    );
    operator.stop()
}
