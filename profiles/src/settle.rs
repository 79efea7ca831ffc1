//! Merges the layers into one tree of values, and settles what one part of the tree takes from
//! another: upstream keeps a tree for each chart, with other rules for each; here there is one.

use serde_json::{Map, Number, Value, json};

use crate::merge::{at, merge, put, truthy};

/// The layers, lowest first.
pub(crate) struct Layers {
    pub defaults: Value,
    /// Profile, compatibility version and platform.
    pub over: Value,
    /// Fields and values.
    pub user: Value,
    /// Whether the cluster is GKE's.
    pub gke: bool,
}

/// What ztunnel takes from `global`, where `ztunnel` does not say.
const SHARED_WITH_ZTUNNEL: [&str; 13] = [
    "hub",
    "tag",
    "variant",
    "imagePullPolicy",
    "imagePullSecrets",
    "logAsJson",
    "network",
    "multiCluster",
    "istioNamespace",
    "caAddress",
    "platform",
    "trustBundleName",
    "resourceScope",
];

/// One tree of values.
pub(crate) fn settle(layers: &Layers) -> Value {
    let mut said = layers.over.clone();
    merge(&mut said, &layers.user);
    let mut values = layers.defaults.clone();
    merge(&mut values, &said);
    disruption_budget(layers, &mut values);
    cni_usage(layers, &said, &mut values);
    cni(layers, &said, &mut values);
    ztunnel(layers, &said, &mut values);
    whole_numbers(&mut values);
    values
}

/// `pdb` at the root is an older place of `pilot.pdb`.
fn disruption_budget(layers: &Layers, values: &mut Value) {
    if let Some(root) = layers.user.get("pdb") {
        let mut pdb = at(&layers.defaults, "pilot.pdb")
            .cloned()
            .unwrap_or_default();
        merge(&mut pdb, root);
        if let Some(own) = at(&layers.user, "pilot.pdb") {
            merge(&mut pdb, own);
        }
        put(values, "pilot.pdb", pdb);
    }
    if let Some(map) = values.as_object_mut() {
        map.remove("pdb");
    }
}

/// What the injector is told about istio-cni: what is said about it, not its defaults, and over
/// that what is said about its use.
fn cni_usage(layers: &Layers, said: &Value, values: &mut Value) {
    let mut usage = at(&layers.defaults, "pilot.cni")
        .cloned()
        .unwrap_or_default();
    for layer in [said.get("cni"), at(said, "pilot.cni")]
        .into_iter()
        .flatten()
    {
        merge(&mut usage, layer);
    }
    put(values, "pilot.cni", usage);
}

/// istio-cni has its own fallbacks for log level, resources and folder, and some values of
/// platforms are for the agent alone.
fn cni(layers: &Layers, said: &Value, values: &mut Value) {
    if let Some(agent) = layers.over.get("cniAgent") {
        let mut cni = layers.defaults.get("cni").cloned().unwrap_or_default();
        merge(&mut cni, agent);
        merge(&mut cni, said.get("cni").unwrap_or(&json!({})));
        put(values, "cni", cni);
    }
    if let Some(map) = values.as_object_mut() {
        map.remove("cniAgent");
    }
    if !truthy(at(values, "cni.logging.level")) {
        let level = at(said, "global.logging.level").cloned();
        put(
            values,
            "cni.logging.level",
            level.unwrap_or_else(|| json!("info")),
        );
    }
    if !truthy(at(values, "cni.resources")) {
        let mut resources = at(&layers.defaults, "cni.resources")
            .cloned()
            .unwrap_or_default();
        if let Some(shared) = at(said, "global.defaultResources") {
            merge(&mut resources, shared);
        }
        put(values, "cni.resources", resources);
    }
    if !truthy(at(values, "cni.cniBinDir")) {
        let folder = if layers.gke {
            "/home/kubernetes/bin"
        } else {
            "/opt/cni/bin"
        };
        put(values, "cni.cniBinDir", json!(folder));
    }
}

fn ztunnel(layers: &Layers, said: &Value, values: &mut Value) {
    let mut ztunnel = layers.defaults.get("ztunnel").cloned().unwrap_or_default();
    let shared: Map<String, Value> = SHARED_WITH_ZTUNNEL
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), said.get("global")?.get(key)?.clone())))
        .collect();
    let root: Map<String, Value> = ["revision", "platform"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), said.get(key)?.clone())))
        .collect();
    // Profiles speak to every proxy; the user's settings of the mesh do not reach ztunnel.
    let metadata = "meshConfig.defaultConfig.proxyMetadata";
    if let Some(spoken) = at(&layers.over, metadata) {
        put(&mut ztunnel, metadata, spoken.clone());
    }
    let own = |layer: &Value| layer.get("ztunnel").cloned().unwrap_or_else(|| json!({}));
    for layer in [
        own(&layers.over),
        Value::Object(shared),
        Value::Object(root),
        own(&layers.user),
    ] {
        merge(&mut ztunnel, &layer);
    }
    put(values, "ztunnel", ztunnel);
}

/// Writes whole numbers as integers, as the API server does when it stores them: a record that
/// was read back must equal the one that was written.
fn whole_numbers(value: &mut Value) {
    /// Largest magnitude below which every integer has its own float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        Value::Array(list) => list.iter_mut().for_each(whole_numbers),
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64()
                && float.fract() == 0.0
                && float.abs() < EXACT
            {
                #[allow(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
                let whole = float as i64;
                *number = Number::from(whole);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
