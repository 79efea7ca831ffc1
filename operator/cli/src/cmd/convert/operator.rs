//! An IstioOperator, field by field. Most of its spec means the same in a MeshInstallation; this is
//! about what does not, back to Istio 1.5.

use mainsheet_crds::installation::Profile;
use mainsheet_profiles::merge::{at, merge, put};
use serde_json::{Map, Value, json};

use super::draft::Draft;
use crate::input::DEFAULT_NAME;

/// The draft of an IstioOperator.
pub(super) fn draft(operator: &Value) -> Draft {
    let metadata = &operator["metadata"];
    let mut draft = Draft::new(&name(metadata));
    let nothing = Map::new();
    for (key, value) in operator["spec"].as_object().unwrap_or(&nothing) {
        field(key, value, &mut draft);
    }
    // What istioctl does not validate stands beside what it does, and wins.
    if let Some(unvalidated) = operator["spec"].get("unvalidatedValues") {
        merge(&mut draft.spec, &json!({"values": unvalidated}));
    }
    namespace(metadata, &mut draft);
    if metadata["annotations"]["install.istio.io/ignoreReconcile"] == "true" {
        put(&mut draft.spec, "suspend", json!(true));
        draft.moved(
            "metadata.annotations",
            "install.istio.io/ignoreReconcile is now spec.suspend",
        );
    }
    draft
}

/// istioctl up to 1.21 has left its last input in the cluster under a name of its own.
fn name(metadata: &Value) -> String {
    let name = metadata["name"].as_str().unwrap_or(DEFAULT_NAME);
    match name.strip_prefix("installed-state") {
        Some(rest) => format!("{DEFAULT_NAME}{rest}"),
        None => name.to_owned(),
    }
}

fn namespace(metadata: &Value, draft: &mut Draft) {
    let said = draft.spec.get("namespace").is_some()
        || at(&draft.spec, "values.global.istioNamespace").is_some();
    let own = metadata["namespace"].as_str();
    if let Some(own) = own.filter(|own| !said && *own != mainsheet_crds::meta::DEFAULT_NAMESPACE) {
        put(&mut draft.spec, "namespace", json!(own));
    }
}

fn field(key: &str, value: &Value, draft: &mut Draft) {
    match key {
        "profile" => profile(value, draft),
        "components" => components(value, draft),
        "addonComponents" => addons(value, draft),
        "unvalidatedValues" => {}
        "installPackagePath" => draft.lost(
            "spec.installPackagePath",
            "no charts are read: each version of Istio is bundled, see `mainsheet manifest versions`",
        ),
        _ if value.is_null() => {}
        _ => merge(&mut draft.spec, &json!({key: value})),
    }
}

fn profile(value: &Value, draft: &mut Draft) {
    match value.as_str() {
        None | Some("") => {}
        Some("external") => {
            put(&mut draft.spec, "profile", json!("remote"));
            draft.moved("spec.profile", "external is called remote now");
        }
        Some(name) if Profile::ALL.iter().any(|profile| profile.as_str() == name) => {
            put(&mut draft.spec, "profile", json!(name));
        }
        Some(name) => {
            let known = Profile::ALL.map(Profile::as_str).join(", ");
            draft.lost(
                "spec.profile",
                format!("{name:?} is not bundled, default is taken; allowed: {known}"),
            );
        }
    }
}

fn components(value: &Value, draft: &mut Draft) {
    let nothing = Map::new();
    let mut kept = Map::new();
    for (key, value) in value.as_object().unwrap_or(&nothing) {
        match key.as_str() {
            "base" | "pilot" | "cni" | "ztunnel" => {
                kept.insert(key.clone(), value.clone());
            }
            "ingressGateways" => {
                kept.insert(key.clone(), gateways(value, "istio-ingressgateway"));
            }
            "egressGateways" => {
                kept.insert(key.clone(), gateways(value, "istio-egressgateway"));
            }
            // What was off is off.
            _ if value["enabled"] == false => {}
            "istiodRemote" => {
                put(&mut draft.spec, "profile", json!("remote"));
                draft.moved("spec.components.istiodRemote", "is the profile remote now");
            }
            _ => draft.lost(
                format!("spec.components.{key}"),
                "not a component of Istio any more",
            ),
        }
    }
    // The remote profile has what istiodRemote was, in the place of these two.
    if draft.spec["profile"] == "remote" {
        kept.retain(|key, value| {
            !matches!(key.as_str(), "base" | "pilot") || value["enabled"] != false
        });
    }
    if !kept.is_empty() {
        put(&mut draft.spec, "components", Value::Object(kept));
    }
}

/// A gateway without a name has that of its kind.
fn gateways(list: &Value, default: &str) -> Value {
    let mut list = list.clone();
    for gateway in list.as_array_mut().into_iter().flatten() {
        if let Some(gateway) = gateway.as_object_mut() {
            gateway.entry("name").or_insert_with(|| json!(default));
        }
    }
    list
}

/// Addons were components up to Istio 1.7.
fn addons(value: &Value, draft: &mut Draft) {
    let nothing = Map::new();
    for (key, value) in value.as_object().unwrap_or(&nothing) {
        if value["enabled"] == false {
            continue;
        }
        let path = format!("spec.addonComponents.{key}");
        let addon = match key.as_str() {
            "prometheus" | "grafana" | "kiali" => key.as_str(),
            "tracing" => "jaeger",
            _ => {
                draft.lost(path, "not an addon any more");
                continue;
            }
        };
        let mut given = json!({"enabled": true});
        if let Some(k8s) = value.get("k8s") {
            put(&mut given, "k8s", k8s.clone());
        }
        put(&mut draft.spec, &format!("addons.{addon}"), given);
        draft.moved(path, format!("is spec.addons.{addon} now"));
    }
}
