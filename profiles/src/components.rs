//! Which components are installed, where, and with what settings.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::{self as api, Components};
use serde_json::{Value, json};

use crate::error::Finding;
use crate::merge::{at, put, truthy};
use crate::profile::Preset;
use crate::resolved::{Component, ComponentKind};

/// The enabled components of a spec, over what its profile turns on. `values` are all values:
/// `gateways.X.enabled` turns the gateways of a kind on.
pub(crate) fn enabled(
    spec: &MeshInstallationSpec,
    preset: &Preset,
    agents: Option<&str>,
    namespace: &str,
    values: &Value,
    findings: &mut Vec<Finding>,
) -> Vec<Component> {
    let none = Components::default();
    let given = spec.components.as_ref().unwrap_or(&none);
    refuse_istiod_remote(given, findings);
    let single = [
        (ComponentKind::Base, &given.base, Some(preset.base), None),
        (ComponentKind::Pilot, &given.pilot, Some(preset.pilot), None),
        (ComponentKind::Cni, &given.cni, preset.cni, agents),
        (
            ComponentKind::Ztunnel,
            &given.ztunnel,
            preset.ztunnel,
            preset.agents.filter(|_| preset.ztunnel.is_some()),
        ),
    ];
    let mut components: Vec<Component> = single
        .into_iter()
        .filter(|(_, given, preset, _)| is_on(given.as_ref(), *preset))
        .map(|(kind, given, _, place)| of_component(kind, given.as_ref(), place, namespace))
        .collect();
    let lists = [
        (
            ComponentKind::Ingress,
            given.ingress_gateways.as_deref(),
            preset.ingress,
        ),
        (
            ComponentKind::Egress,
            given.egress_gateways.as_deref(),
            preset.egress,
        ),
    ];
    for (kind, list, preset) in lists {
        let all = truthy(at(values, &format!("{}.enabled", values_root(kind))));
        match list {
            None if preset || all => components.push(of_profile(kind, namespace)),
            None => {}
            Some(list) => components.extend(of_list(kind, list, all, namespace)),
        }
    }
    refuse_doubles(&components, findings);
    components
}

/// Where the values of a gateway stand.
pub(crate) const fn values_root(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Base | ComponentKind::Addon(_) => "global",
        ComponentKind::Pilot => "pilot",
        ComponentKind::Cni => "cni",
        ComponentKind::Ztunnel => "ztunnel",
        ComponentKind::Ingress => "gateways.istio-ingressgateway",
        ComponentKind::Egress => "gateways.istio-egressgateway",
    }
}

/// Writes registry and tag of single components into their values, where templates read them.
pub(crate) fn images_into_values(spec: &MeshInstallationSpec, values: &mut Value) {
    let Some(given) = &spec.components else {
        return;
    };
    let single = [
        (ComponentKind::Pilot, &given.pilot),
        (ComponentKind::Cni, &given.cni),
        (ComponentKind::Ztunnel, &given.ztunnel),
    ];
    for (kind, component) in single {
        let Some(component) = component else { continue };
        let root = values_root(kind);
        if let Some(hub) = &component.hub {
            put(values, &format!("{root}.hub"), json!(hub));
        }
        if let Some(tag) = &component.tag {
            put(values, &format!("{root}.tag"), json!(tag_text(tag)));
        }
    }
}

/// A tag as text.
pub(crate) fn tag_text(tag: &IntOrString) -> String {
    match tag {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => text.clone(),
    }
}

/// A part that is mentioned is on unless it, or the profile, says otherwise.
fn is_on(given: Option<&api::Component>, preset: Option<bool>) -> bool {
    match given {
        Some(given) => given.enabled.or(preset).unwrap_or(true),
        None => preset.unwrap_or(false),
    }
}

fn of_component(
    kind: ComponentKind,
    given: Option<&api::Component>,
    place: Option<&str>,
    namespace: &str,
) -> Component {
    let place = given.and_then(|given| given.namespace.as_deref()).or(place);
    Component {
        kind,
        name: kind.as_str().to_owned(),
        namespace: place.unwrap_or(namespace).to_owned(),
        label: std::collections::BTreeMap::new(),
        tag: None,
        image: None,
        k8s: given.and_then(|given| given.k8s.clone()),
    }
}

fn of_profile(kind: ComponentKind, namespace: &str) -> Component {
    let name = match kind {
        ComponentKind::Egress => "istio-egressgateway",
        ComponentKind::Base
        | ComponentKind::Pilot
        | ComponentKind::Cni
        | ComponentKind::Ztunnel
        | ComponentKind::Ingress
        | ComponentKind::Addon(_) => "istio-ingressgateway",
    };
    Component {
        name: name.to_owned(),
        ..of_component(kind, None, None, namespace)
    }
}

fn of_list(
    kind: ComponentKind,
    list: &[api::Gateway],
    all: bool,
    namespace: &str,
) -> impl Iterator<Item = Component> {
    list.iter()
        .filter(move |gateway| all || gateway.component.enabled.unwrap_or(true))
        .map(move |gateway| Component {
            name: gateway.name.clone(),
            label: gateway.label.clone().unwrap_or_default(),
            tag: gateway.component.tag.as_ref().map(tag_text),
            ..of_component(kind, Some(&gateway.component), None, namespace)
        })
}

fn refuse_istiod_remote(given: &Components, findings: &mut Vec<Finding>) {
    if let Some(remote) = &given.istiod_remote
        && remote.enabled.unwrap_or(true)
    {
        findings.push(Finding::new(
            "spec.components.istiodRemote",
            "not a component of its own any more; set spec.profile to remote",
        ));
    }
}

fn refuse_doubles(components: &[Component], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for component in components {
        if !seen.insert((&component.namespace, &component.name)) {
            let list = match component.kind {
                ComponentKind::Egress => "egressGateways",
                ComponentKind::Base
                | ComponentKind::Pilot
                | ComponentKind::Cni
                | ComponentKind::Ztunnel
                | ComponentKind::Ingress
                | ComponentKind::Addon(_) => "ingressGateways",
            };
            findings.push(Finding::new(
                format!("spec.components.{list}[name:{}]", component.name),
                format!(
                    "there is another gateway of this name in namespace {}; names must differ there",
                    component.namespace
                ),
            ));
        }
    }
}
