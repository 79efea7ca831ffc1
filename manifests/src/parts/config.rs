//! ConfigMaps of the control plane: the mesh's settings, the injector's, key servers' roots, and
//! overlays for Gateways.

use mainsheet_profiles::merge::{at, merge, truthy};
use serde_json::{Map, Value, json};

use crate::draft::Draft;
use crate::injection;
use crate::mesh::{Mesh, first};
use crate::render::RenderError;
use crate::yaml::to_yaml;

/// The settings of the mesh.
pub(super) fn mesh_config(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let given = mesh
        .resolved
        .values
        .get("meshConfig")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let root = first(&[
        mesh.get("meshConfig.rootNamespace"),
        mesh.get("global.istioNamespace"),
    ]);
    let mut config = json!({
        "rootNamespace": root,
        "trustDomain": "cluster.local",
        "defaultConfig": { "discoveryAddress": discovery_address(mesh, namespace) },
    });
    if let Some(providers) = default_providers(mesh, &given) {
        config["defaultProviders"] = providers;
    }
    if mesh.is("global.meshID") {
        config["defaultConfig"]["meshId"] = mesh.get("global.meshID").clone();
    }
    let variant = first(&[mesh.get("global.proxy.variant"), mesh.get("global.variant")]);
    if truthy(Some(variant)) {
        config["defaultConfig"]["image"] = json!({ "imageType": variant });
    }
    if let Some(tracing) = tracing(mesh) {
        config["defaultConfig"]["tracing"] = tracing;
    }
    merge(&mut config, &given);
    let networks = json!({ "networks": mesh.get("global.meshNetworks") });
    let mut data = Map::new();
    data.insert("mesh".into(), to_yaml(&config).into());
    data.insert("meshNetworks".into(), to_yaml(&networks).into());
    config_map(
        mesh,
        namespace,
        &format!("istio{}", mesh.suffix()),
        &[],
        data,
    )
}

fn discovery_address(mesh: &Mesh<'_>, namespace: &str) -> String {
    let name = if mesh.is("global.remotePilotAddress") {
        let local =
            mesh.is("istiodRemote.enabled") && mesh.is("istiodRemote.enabledLocalInjectorIstiod");
        if local {
            "istiod-remote".to_owned()
        } else {
            "istiod".to_owned()
        }
    } else {
        mesh.istiod()
    };
    format!("{name}.{namespace}.svc:15012")
}

/// Telemetry that is on by default, unless the mesh's settings name providers themselves.
fn default_providers(mesh: &Mesh<'_>, given: &Value) -> Option<Value> {
    let telemetry = mesh.is("telemetry.enabled") && mesh.is("telemetry.v2.enabled");
    if !telemetry || truthy(given.get("defaultProviders")) {
        return None;
    }
    let mut providers = Map::new();
    let mut metrics = Vec::new();
    if mesh.is("telemetry.v2.prometheus.enabled") {
        metrics.push("prometheus");
    }
    if mesh.is("telemetry.v2.stackdriver.enabled") {
        metrics.push("stackdriver");
        providers.insert("accessLogging".into(), json!(["stackdriver"]));
    }
    if metrics.is_empty() {
        return None;
    }
    providers.insert("metrics".into(), json!(metrics));
    Some(Value::Object(providers))
}

/// Tracing by the older values. The newer way is `meshConfig.extensionProviders`.
fn tracing(mesh: &Mesh<'_>) -> Option<Value> {
    let tracer = mesh.text("global.proxy.tracer");
    let of = |key: &str| mesh.get(&format!("global.tracer.{tracer}.{key}"));
    let or = |value: &Value, default: Value| {
        if truthy(Some(value)) {
            value.clone()
        } else {
            default
        }
    };
    let settings = match tracer {
        "lightstep" => json!({ "address": of("address"), "accessToken": of("accessToken") }),
        "zipkin" => {
            let here = format!("zipkin.{}:9411", mesh.text("global.istioNamespace"));
            json!({ "address": or(of("address"), here.into()) })
        }
        "datadog" => json!({ "address": or(of("address"), "$(HOST_IP):8126".into()) }),
        "stackdriver" => json!({
            "debug": false, "maxNumberOfAttributes": 200,
            "maxNumberOfAnnotations": 200, "maxNumberOfMessageEvents": 200,
        }),
        _ => return None,
    };
    Some(json!({ tracer: settings }))
}

/// The injector's settings: templates, and the values that they read.
pub(super) fn injector(mesh: &Mesh<'_>, namespace: &str) -> Result<Draft, RenderError> {
    let mut data = Map::new();
    data.insert("config".into(), injector_config(mesh)?.into());
    data.insert("values".into(), injector_values(mesh).into());
    let name = format!("istio-sidecar-injector{}", mesh.suffix());
    Ok(config_map(mesh, namespace, &name, &[], data))
}

fn injector_config(mesh: &Mesh<'_>) -> Result<String, RenderError> {
    let of = |key: &str| mesh.get(&format!("sidecarInjectorWebhook.{key}")).clone();
    let own = of("templates");
    let mut templates = Map::new();
    for (name, text) in injection::templates(mesh.minor)? {
        templates.insert(name.to_owned(), text.into());
    }
    templates.extend(own.as_object().cloned().unwrap_or_default());
    let defaults = first(&[&of("defaultTemplates")]).clone();
    let mut config = json!({
        "policy": mesh.get("global.proxy.autoInject"),
        "defaultTemplates": if defaults.is_null() { json!(["sidecar"]) } else { defaults },
        "alwaysInjectSelector": of("alwaysInjectSelector"),
        "neverInjectSelector": of("neverInjectSelector"),
        "injectedAnnotations": crate::draft::labels(&[&of("injectedAnnotations")]),
        "templates": templates,
    });
    if truthy(Some(&of("aliases"))) {
        config["aliases"] = of("aliases");
    }
    Ok(to_yaml(&config))
}

/// The values that injection templates read, as istiod parses them: what is not set is left out.
fn injector_values(mesh: &Mesh<'_>) -> String {
    let values = Value::Object(mesh.resolved.values.clone());
    let pick = |path: &str| at(&values, path).cloned().unwrap_or_else(|| json!({}));
    let mut picked = json!({
        "global": pick("global"),
        "revision": mesh.resolved.revision,
        "sidecarInjectorWebhook": pick("sidecarInjectorWebhook"),
        "pilot": { "cni": pick("pilot.cni"), "env": pick("pilot.env") },
        "gateways": {
            "securityContext": pick("gateways.securityContext"),
            "seccompProfile": pick("gateways.seccompProfile"),
        },
    });
    if let Some(webhook) = picked["sidecarInjectorWebhook"].as_object_mut() {
        webhook.remove("aliases");
    }
    serde_json::to_string_pretty(&picked).unwrap_or_default()
}

/// Roots that key servers for JWTs are trusted by.
pub(super) fn key_servers(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let mut data = Map::new();
    data.insert(
        "extra.pem".into(),
        mesh.get("pilot.jwksResolverExtraRootCA").clone(),
    );
    let name = format!("pilot-jwks-extra-cacerts{}", mesh.suffix());
    config_map(mesh, namespace, &name, &[], data)
}

/// Overlays on what istiod makes for Gateways, one ConfigMap for each class.
pub(super) fn gateway_classes(mesh: &Mesh<'_>, namespace: &str) -> Vec<Draft> {
    let classes = mesh.get("gatewayClasses").as_object();
    let of_class = |(class, kinds): (&String, &Value)| {
        let kinds = kinds.as_object().into_iter().flatten();
        let data = kinds
            .map(|(kind, overlay)| (kind.clone(), to_yaml(overlay).trim_end().into()))
            .collect();
        let name = format!("istio-{}-gatewayclass-{class}", mesh.rev());
        let label = ("gateway.istio.io/defaults-for-class", class.as_str());
        config_map(mesh, namespace, &name, &[label], data)
    };
    classes.into_iter().flatten().map(of_class).collect()
}

fn config_map(
    mesh: &Mesh<'_>,
    namespace: &str,
    name: &str,
    labels: &[(&str, &str)],
    data: Map<String, Value>,
) -> Draft {
    let labels = mesh.rev_labels(labels);
    Draft::config(
        json!({ "name": name, "namespace": namespace, "labels": labels }),
        data,
    )
}
