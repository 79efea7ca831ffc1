//! Which addons are installed, and how the mesh sends its traces to the one that takes them.

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::Addons;
use serde_json::{Value, json};

use crate::addon::{Addon, Images};
use crate::error::Finding;
use crate::merge::{at, put};
use crate::profile::Preset;
use crate::resolve::text_at;
use crate::resolved::{Component, ComponentKind};

const PROVIDERS: &str = "meshConfig.extensionProviders";

/// The enabled addons of a spec, over those that its profile turns on. What takes a name that
/// `others` or another addon has is a finding.
pub(crate) fn enabled(
    spec: &MeshInstallationSpec,
    preset: &Preset,
    namespace: &str,
    images: &Images,
    others: &[Component],
    findings: &mut Vec<Finding>,
) -> Vec<Component> {
    let none = Addons::default();
    let given = spec.addons.as_ref().unwrap_or(&none);
    let is_on = |addon: &Addon| match addon.given(given) {
        Some(given) => given.enabled.unwrap_or(true),
        None => preset.addons.contains(addon),
    };
    let on: Vec<Addon> = Addon::ALL.into_iter().filter(is_on).collect();
    refuse_doubles(&on, namespace, others, findings);
    on.into_iter()
        .map(|addon| Component {
            kind: ComponentKind::Addon(addon),
            name: addon.as_str().to_owned(),
            namespace: namespace.to_owned(),
            label: std::collections::BTreeMap::new(),
            tag: None,
            image: Some(images.of(addon).to_owned()),
            k8s: addon.given(given).and_then(|given| given.k8s.clone()),
        })
        .collect()
}

fn refuse_doubles(
    on: &[Addon],
    namespace: &str,
    others: &[Component],
    findings: &mut Vec<Finding>,
) {
    for (index, addon) in on.iter().enumerate() {
        for name in addon.claims() {
            let tool = on[..index].iter().find(|tool| tool.claims().contains(name));
            let gateway = others
                .iter()
                .find(|other| other.namespace == namespace && other.name == *name);
            let problem = match (tool, gateway) {
                (Some(tool), _) => format!(
                    "{tool} is enabled too, and both have a Service {name}; set spec.addons.{tool}.enabled or spec.addons.{addon}.enabled to false",
                    tool = tool.as_str(),
                    addon = addon.as_str(),
                ),
                (None, Some(_)) => format!(
                    "there is a gateway {name} in namespace {namespace}, and the addon has objects of that name; give the gateway another"
                ),
                (None, None) => continue,
            };
            let path = format!("spec.addons.{}", addon.as_str());
            findings.push(Finding::new(path, problem));
            break;
        }
    }
}

/// The names of the providers that the user's own layer lists.
pub(crate) fn listed_providers(user: &Value) -> Vec<String> {
    let list = at(user, PROVIDERS).and_then(Value::as_array);
    let names = list.into_iter().flatten().map(|one| text_at(one, "name"));
    names.collect()
}

/// Makes the addon that takes traces known to the mesh, as the provider that has its name. One that
/// the user `listed` stays as it is; one of the profile gives way.
pub(crate) fn trace(values: &mut Value, components: &[Component], listed: &[String]) {
    for component in components {
        let ComponentKind::Addon(addon) = component.kind else {
            continue;
        };
        let domain = text_at(values, "global.proxy.clusterDomain");
        let host = |service: &str| format!("{service}.{}.svc.{domain}", component.namespace);
        let provider = match addon {
            Addon::Jaeger => json!({
                "name": "jaeger",
                "opentelemetry": { "service": host("jaeger-collector"), "port": 4317 },
            }),
            Addon::Zipkin => json!({
                "name": "zipkin",
                "zipkin": { "service": host("zipkin"), "port": 9411 },
            }),
            Addon::Prometheus | Addon::Loki | Addon::Grafana | Addon::Kiali => continue,
        };
        if !listed.contains(&component.name) {
            provide(values, &component.name, provider);
        }
    }
}

fn provide(values: &mut Value, name: &str, provider: Value) {
    let mut list = at(values, PROVIDERS)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    match list.iter_mut().find(|one| one["name"] == name) {
        Some(of_profile) => *of_profile = provider,
        None => list.push(provider),
    }
    put(values, PROVIDERS, list.into());
}
