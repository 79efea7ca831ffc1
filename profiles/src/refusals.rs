//! Values that have the right type and still cannot be: they contradict a field, are no names, or
//! ask for what Istio does not do any more.

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::meta::DEFAULT_REVISION;
use serde_json::Value;

use crate::components::values_root;
use crate::error::Finding;
use crate::fields::{NAME_LIMIT, REVISION_LIMIT, is_label, not_label};
use crate::merge::{at, truthy};
use crate::resolve::text_at;
use crate::resolved::{Component, ComponentKind};

/// Ports below this may be opened by root alone.
const FIRST_FREE_PORT: u64 = 1024;

/// A value and a field that say the same thing must not say different things.
pub(crate) fn contradictions(spec: &MeshInstallationSpec, given: &Value) -> Vec<Finding> {
    let revision = spec.revision.as_deref().map(|_| spec.revision());
    let pairs = [
        (
            "global.istioNamespace",
            "spec.namespace",
            spec.namespace.as_deref(),
        ),
        ("revision", "spec.revision", revision),
    ];
    let mut findings = Vec::new();
    for (path, field, said) in pairs {
        let value = text_at(given, path);
        let plain = if path == "revision" && value == DEFAULT_REVISION {
            ""
        } else {
            &value
        };
        if let Some(said) = said
            && at(given, path).is_some()
            && plain != said
        {
            findings.push(Finding::new(
                format!("spec.values.{path}"),
                format!("{value:?} given, but {field} says {said:?}; leave one of them out"),
            ));
        }
    }
    findings
}

/// The revision, after a check of it and of what else becomes part of a name.
pub(crate) fn revision(values: &Value, findings: &mut Vec<Finding>) -> String {
    let revision = text_at(values, "revision");
    if !revision.is_empty() && !is_label(&revision, REVISION_LIMIT) {
        findings.push(not_label("spec.values.revision", &revision, REVISION_LIMIT));
    }
    let namespace = text_at(values, "global.istioNamespace");
    if !is_label(&namespace, NAME_LIMIT) {
        findings.push(not_label(
            "spec.values.global.istioNamespace",
            &namespace,
            NAME_LIMIT,
        ));
    }
    for (path, limit) in [
        ("defaultRevision", REVISION_LIMIT),
        ("ztunnel.resourceName", NAME_LIMIT),
        ("ztunnel.revision", REVISION_LIMIT),
    ] {
        let given = text_at(values, path);
        // ztunnel has the mesh's revision unless it has one of its own.
        if !given.is_empty() && given != revision && !is_label(&given, limit) {
            findings.push(not_label(&format!("spec.values.{path}"), &given, limit));
        }
    }
    let root = text_at(values, "meshConfig.rootNamespace");
    if !root.is_empty() && !is_label(&root, NAME_LIMIT) {
        findings.push(not_label(
            "spec.meshConfig.rootNamespace",
            &root,
            NAME_LIMIT,
        ));
    }
    let tags = at(values, "revisionTags").and_then(Value::as_array);
    for (index, tag) in tags.into_iter().flatten().enumerate() {
        let tag = tag.as_str().unwrap_or_default();
        let path = format!("spec.values.revisionTags[{index}]");
        if !is_label(tag, REVISION_LIMIT) {
            findings.push(not_label(&path, tag, REVISION_LIMIT));
        } else if tag == revision {
            let problem = format!("{tag:?} is the revision itself; a tag needs another name");
            findings.push(Finding::new(path, problem));
        }
    }
    let classes = at(values, "gatewayClasses").and_then(Value::as_object);
    for class in classes.into_iter().flatten().map(|(class, _)| class) {
        if !is_label(class, NAME_LIMIT) {
            findings.push(not_label("spec.values.gatewayClasses", class, NAME_LIMIT));
        }
    }
    revision
}

/// What no bundled version of Istio does.
pub(crate) fn unsupported(values: &Value, components: &[Component], findings: &mut Vec<Finding>) {
    if text_at(values, "global.pilotCertProvider") == "kubernetes" {
        findings.push(Finding::new(
            "spec.values.global.pilotCertProvider",
            "\"kubernetes\" is not supported any more, allowed: istiod, custom, none, k8s.io/SIGNER",
        ));
    }
    let stackdriver = "meshConfig.defaultConfig.tracing.stackdriver";
    for (key, _) in at(values, stackdriver)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let removed = [
            "debug",
            "maxNumberOfAttributes",
            "maxNumberOfAnnotations",
            "maxNumberOfMessageEvents",
        ];
        if removed.contains(&key.as_str()) {
            let path = format!("spec.{stackdriver}.{key}");
            findings.push(Finding::new(path, "removed from Istio; leave it out"));
        }
    }
    for component in components {
        low_ports(values, component, findings);
    }
}

/// A gateway that does not run as root cannot listen on low ports.
fn low_ports(values: &Value, component: &Component, findings: &mut Vec<Finding>) {
    let list = match component.kind {
        ComponentKind::Ingress => "ingressGateways",
        ComponentKind::Egress => "egressGateways",
        ComponentKind::Base
        | ComponentKind::Pilot
        | ComponentKind::Cni
        | ComponentKind::Ztunnel
        | ComponentKind::Addon(_) => return,
    };
    let root = values_root(component.kind);
    let service = component.k8s.as_ref().and_then(|k8s| k8s.service.as_ref());
    let ports = service
        .and_then(|service| service.get("ports"))
        .and_then(Value::as_array);
    if truthy(at(values, &format!("{root}.runAsRoot"))) {
        return;
    }
    for (index, port) in ports.into_iter().flatten().enumerate() {
        // Named ports are opened by containers of one's own.
        let number = |key: &str| port.get(key).map_or(Some(0), Value::as_u64);
        let (Some(target), Some(outside)) = (number("targetPort"), number("port")) else {
            continue;
        };
        let opened = if target == 0 { outside } else { target };
        if opened < FIRST_FREE_PORT {
            let name = &component.name;
            findings.push(Finding::new(
                format!(
                    "spec.components.{list}[name:{name}].k8s.service.ports[{index}].targetPort"
                ),
                format!(
                    "{opened} given, which only root may open; allowed: from {FIRST_FREE_PORT} on, \
                     or set spec.values.{root}.runAsRoot"
                ),
            ));
        }
    }
}
