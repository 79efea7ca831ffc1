//! One spec made from another: a little of it is changed.

use mainsheet_crds::{CustomResourceExt, MeshInstallation};
use mainsheet_profiles::merge::{merge, put};
use serde_json::{Value, json};

use crate::generate::{HOSTILE, fitting, free, text};
use crate::random::Random;

/// What specs are made from.
pub(crate) struct Mutator {
    /// Schema of the spec, as the API server has it.
    spec: Value,
    /// Schema of `values`.
    values: Value,
}

const VERSIONS: [&str; 6] = ["1.28.10", "1.29.6", "1.30.3", "1.31.0", "1.30", "1.27.0"];
const PROFILES: [&str; 10] = [
    "default",
    "demo",
    "minimal",
    "remote",
    "empty",
    "preview",
    "stable",
    "ambient",
    "openshift",
    "openshift-ambient",
];

impl Mutator {
    pub(crate) fn new() -> Self {
        let crd = serde_json::to_value(MeshInstallation::crd()).expect("a CRD is JSON");
        let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
        Self {
            spec: crd.pointer(schema).expect("the CRD has a schema").clone(),
            values: mainsheet_profiles::values_schema(),
        }
    }

    /// `from` with one to four changes; `other` may lend it something.
    pub(crate) fn mutated(&self, random: &mut Random, from: &Value, other: &Value) -> Value {
        let mut spec = from.clone();
        for _ in 0..=random.below(4) {
            self.change(random, &mut spec, other);
        }
        spec
    }

    fn change(&self, random: &mut Random, spec: &mut Value, other: &Value) {
        match random.below(12) {
            0..=3 => {
                let values = fitting(random, &self.values, 6);
                merge(spec, &json!({ "values": values }));
            }
            4 | 5 => {
                let more = fitting(random, &self.spec, 5);
                merge(spec, &more);
            }
            6 => put(spec, "version", json!(random.one(&VERSIONS))),
            7 => put(spec, "profile", json!(random.one(&PROFILES))),
            8 => merge(spec, other),
            9 => overlay(random, spec),
            10 => {
                let any = free(random, 3);
                *node(random, spec) = any;
            }
            _ => remove(random, spec),
        }
    }
}

/// A random place in a value.
fn node<'a>(random: &mut Random, value: &'a mut Value) -> &'a mut Value {
    let count = match &*value {
        Value::Object(map) => map.len(),
        Value::Array(list) => list.len(),
        _ => 0,
    };
    if count == 0 || random.once_in(4) {
        return value;
    }
    let at = random.below(count);
    let below = match value {
        Value::Object(map) => map.values_mut().nth(at),
        Value::Array(list) => list.get_mut(at),
        _ => None,
    };
    node(random, below.expect("below the count"))
}

fn remove(random: &mut Random, spec: &mut Value) {
    match node(random, spec) {
        Value::Object(map) => {
            if let Some(key) = map.keys().nth(random.below(map.len())).cloned() {
                map.remove(&key);
            }
        }
        Value::Array(list) => {
            // Twice the same is as good as once less.
            if let Some(first) = list.first().cloned() {
                list.push(first);
            }
        }
        scalar => *scalar = Value::Null,
    }
}

/// An overlay on an object that is often there, at a path that sometimes leads somewhere.
fn overlay(random: &mut Random, spec: &mut Value) {
    const TARGETS: [(&str, &str, &str); 8] = [
        ("pilot", "Deployment", "istiod"),
        ("pilot", "Service", "istiod"),
        ("pilot", "ConfigMap", "istio"),
        (
            "pilot",
            "MutatingWebhookConfiguration",
            "istio-sidecar-injector",
        ),
        ("pilot", "ClusterRole", "istiod-clusterrole-istio-system"),
        ("cni", "DaemonSet", "istio-cni-node"),
        ("ztunnel", "DaemonSet", "ztunnel"),
        ("base", "ServiceAccount", "istio-reader-service-account"),
    ];
    const STEPS: [&str; 20] = [
        "spec",
        "template",
        "metadata",
        "containers",
        "[name:discovery]",
        "[name:install-cni]",
        "[0]",
        "[-1]",
        "[99]",
        "env",
        "args",
        "labels",
        "annotations",
        "data",
        "name",
        "kind",
        "webhooks",
        "[:discovery]",
        "[:(]",
        r"a\.b",
    ];
    const STARTS: [&str; 4] = [
        "spec.template.spec.containers.",
        "metadata.labels.",
        "spec.",
        "",
    ];
    let (component, kind, name) = *random.one(&TARGETS);
    let mut path = (*random.one(&STARTS)).to_owned();
    let steps = 1 + random.below(3);
    let steps: Vec<&str> = (0..steps)
        .map(|_| {
            if random.once_in(12) {
                *random.one(&HOSTILE)
            } else {
                *random.one(&STEPS)
            }
        })
        .collect();
    path.push_str(&steps.join("."));
    let value = match random.below(3) {
        0 => Value::Null,
        1 => text(random).into(),
        _ => free(random, 2),
    };
    let patches = json!([{ "path": path, "value": value }]);
    let overlay = json!({ "kind": kind, "name": name, "patches": patches });
    put(
        spec,
        &format!("components.{component}.k8s.overlays"),
        json!([overlay]),
    );
}
