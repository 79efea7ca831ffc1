//! No string in a spec changes the shape of what is rendered: it comes out as it went in, or the
//! spec is refused.

mod common;

use std::collections::BTreeMap;

use common::{objects, rendered};
use mainsheet_manifests::{Pair, render};
use mainsheet_profiles::merge::put;
use mainsheet_profiles::{Context, parse_spec, resolve};
use serde_json::{Value, json};

/// Everything that means something to YAML, Handlebars, Go templates or shells, in one string; but
/// no comma, which parts some lists.
const NASTY: &str = "x\"'\n---\nkind: Secret #{{ x }}{{{y}}}\\ - &a *b !c |d >e %f @g `h [i]{j} k\u{85}\u{2028}\t\u{1f600}z";

/// Where one of the strings is put: each place has its own, so that mixing two up is seen.
fn nasty(place: usize) -> String {
    format!("{NASTY}{place:04}")
}

/// A string without any meaning, in the same place.
fn plain(place: usize) -> String {
    format!("zq{place:04}")
}

/// Makes a value that holds a string.
type Make = fn(&str) -> Value;

type Strings<'a> = &'a dyn Fn(usize) -> String;

/// The paths of all values that hold strings, with a value for each that holds `text`.
fn string_values(schema: &Value, path: &str, out: &mut Vec<(String, Make)>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (key, below) in properties {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            string_values(below, &path, out);
        }
        return;
    }
    let types = schema["type"].as_array().cloned().unwrap_or_default();
    let holds = |kind: &str| types.contains(&json!(kind));
    let make: Make = if holds("string") {
        |text| json!(text)
    } else if holds("array") && schema["items"]["type"] == "string" {
        |text| json!([text])
    } else if holds("array") {
        |text| {
            json!([{
                "name": text, "secretName": text, "configMapName": text, "mountPath": text, "key": text,
                "operator": "In", "values": text, "topologyKey": text, "port": 8080, "image": text,
                "value": text, "matchLabels": { text: text },
            }])
        }
    } else if holds("object") {
        |text| json!({ text: text })
    } else {
        return;
    };
    out.push((path.to_owned(), make));
}

/// A value that is not free: it names something that must exist, or becomes part of a name.
fn is_bound(path: &str) -> bool {
    let names = [
        "compatibilityVersion",
        "defaultRevision",
        "gatewayClasses",
        "global.istioNamespace",
        "global.platform",
        "global.profile",
        "meshConfig.rootNamespace",
        "platform",
        "profile",
        "revision",
        "revisionTags",
        "ztunnel.resourceName",
        "ztunnel.revision",
    ];
    // Numbers of pods and shares decide what is rendered.
    let counted = path.ends_with("rollingMaxSurge") || path.ends_with("rollingMaxUnavailable");
    names.contains(&path) || path.contains("pdb.") || counted
}

/// A mesh with a string in every place that takes one.
fn spec(strings: Strings<'_>) -> Value {
    let mut values = json!({
        "global": { "networkPolicy": { "enabled": true }, "proxy": { "tracer": "lightstep" } },
        "pilot": { "autoscaleMin": 2, "taint": { "enabled": true } },
        "cni": { "resourceQuotas": { "enabled": true }, "istioOwnedCNIConfig": true },
        "gateways": { "istio-ingressgateway": { "autoscaleMin": 2 } },
        "experimental": { "stableValidationPolicy": true },
    });
    let mut paths = Vec::new();
    string_values(&mainsheet_profiles::values_schema(), "", &mut paths);
    for (place, (path, make)) in paths
        .iter()
        .enumerate()
        .filter(|(_, (path, _))| !is_bound(path))
    {
        put(&mut values, path, make(&strings(place)));
    }
    // A whole reference to an image hides the registry; one for each way is enough.
    for image in [
        "pilot.image",
        "cni.image",
        "ztunnel.image",
        "global.proxy.image",
    ] {
        put(&mut values, image, json!("image"));
    }
    // A gateway that injection makes has little of its own.
    put(
        &mut values,
        "gateways.istio-ingressgateway.injectionTemplate",
        json!(""),
    );
    let k8s = k8s(strings);
    let gateway =
        |name: &str| json!({ "name": name, "label": { strings(900): strings(901) }, "k8s": k8s });
    json!({
        "version": "1.31.0",
        "tag": strings(902),
        "meshConfig": { "accessLogFormat": strings(903), "defaultConfig": { "proxyMetadata": { strings(904): strings(905) } } },
        "components": {
            "pilot": { "k8s": k8s }, "cni": { "enabled": true, "k8s": k8s }, "ztunnel": { "enabled": true, "k8s": k8s },
            "ingressGateways": [gateway("way-in")], "egressGateways": [gateway("way-out")],
        },
        "values": values,
    })
}

/// Kubernetes settings with strings everywhere.
fn k8s(strings: Strings<'_>) -> Value {
    json!({
        "affinity": { "a": strings(800) },
        "env": [{ "name": strings(801), "value": strings(802) }],
        "imagePullPolicy": strings(803),
        "nodeSelector": { strings(804): strings(805) },
        "podAnnotations": { strings(806): strings(807) },
        "priorityClassName": strings(808),
        "readinessProbe": { "httpGet": { "path": strings(809) } },
        "resources": { "limits": { "cpu": strings(810) } },
        "service": { "type": strings(811) },
        "serviceAnnotations": { strings(812): strings(813) },
        "strategy": { "type": strings(814) },
        "tolerations": [{ "key": strings(815) }],
        "securityContext": { "seLinuxOptions": { "user": strings(816) } },
        "hpaSpec": { "behavior": { "a": strings(817) } },
    })
}

/// The text with every plain string in it replaced by the nasty one of its place.
fn made_nasty(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("zq") {
        out.push_str(&rest[..at]);
        let digits = rest
            .get(at + 2..at + 6)
            .and_then(|digits| digits.parse().ok());
        out.push_str(&digits.map_or_else(|| "zq".to_owned(), nasty));
        rest = &rest[at + if digits.is_some() { 6 } else { 2 }..];
    }
    out + rest
}

/// The value with all of its strings and keys made nasty.
fn all_nasty(value: &Value) -> Value {
    match value {
        Value::String(text) => made_nasty(text).into(),
        Value::Array(list) => list.iter().map(all_nasty).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, v)| (made_nasty(key), all_nasty(v)))
            .collect(),
        scalar => scalar.clone(),
    }
}

/// Where two values differ first, and how.
fn difference(found: &Value, expected: &Value, path: &str) -> Option<String> {
    match (found, expected) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => a
            .iter()
            .find_map(|(key, value)| difference(value, &b[key], &format!("{path}.{key}"))),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]")))
        }
        (a, b) => (a != b).then(|| format!("{path}: {a} instead of {b}")),
    }
}

/// The object with the YAML in a ConfigMap's entries read.
#[allow(clippy::expect_used, reason = "part of the test")]
fn read(body: &Value) -> Value {
    let mut body = body.clone();
    for key in [
        "mesh",
        "meshNetworks",
        "config",
        "values",
        "AMBIENT_ENABLEMENT_SELECTOR",
    ] {
        let Some(entry) = body.get_mut("data").and_then(|data| data.get_mut(key)) else {
            continue;
        };
        let text = entry.as_str().expect("text").to_owned();
        let options = serde_saphyr::options! { strict_booleans: true };
        *entry = serde_saphyr::from_str_with_options(&text, options).expect("valid YAML");
    }
    body
}

#[test]
fn every_string_comes_out_as_it_went_in() {
    let harmless = rendered(&spec(&plain)).expect("resolves");
    let hostile = rendered(&spec(&nasty)).expect("resolves");
    let hostile: BTreeMap<_, _> = objects(&hostile)
        .map(|(object, body)| (&object.id, body))
        .collect();
    let mut seen = 0;
    for (object, body) in objects(&harmless) {
        let found = hostile
            .get(&object.id)
            .unwrap_or_else(|| panic!("{} is missing", object.id));
        let difference = difference(&read(found), &all_nasty(&read(body)), "");
        assert_eq!(difference, None, "{}", object.id);
        seen += 1;
    }
    assert_eq!(
        seen,
        hostile.len(),
        "as many objects with harmless as with hostile strings"
    );
}

#[test]
fn strings_that_become_names_are_refused() {
    for path in [
        "defaultRevision",
        "gatewayClasses",
        "global.istioNamespace",
        "global.platform",
        "global.profile",
        "meshConfig.rootNamespace",
        "platform",
        "profile",
        "revision",
        "revisionTags",
        "ztunnel.resourceName",
        "ztunnel.revision",
        "compatibilityVersion",
    ] {
        let mut values = json!({});
        let value = match path {
            "gatewayClasses" => json!({ NASTY: { "deployment": {} } }),
            "revisionTags" => json!([NASTY]),
            _ => json!(NASTY),
        };
        put(&mut values, path, value);
        let error = rendered(&json!({ "values": values })).expect_err(path);
        assert_eq!(error.findings().len(), 1, "{path}: {error}");
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let text = |manifests| -> String {
        objects(&manifests)
            .map(|(_, body)| mainsheet_manifests::to_yaml(body))
            .collect()
    };
    let spec = spec(&plain);
    assert_eq!(
        text(rendered(&spec).expect("resolves")),
        text(rendered(&spec).expect("resolves"))
    );
}

#[test]
fn two_threads_give_what_one_gives() {
    for profile in ["demo", "ambient", "empty", "demo"] {
        let spec = parse_spec(&json!({ "profile": profile })).expect(profile);
        let resolved = resolve("mesh", &spec, &Context::default()).expect(profile);
        let one = render(&resolved).expect(profile);
        let two = Pair::start().expect("a thread").render(resolved);
        assert_eq!(two.expect(profile), one, "{profile}");
    }
}
