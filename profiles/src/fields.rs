//! Checks of the spec's own fields, for callers that no API server has checked them for.

use mainsheet_crds::MeshInstallationSpec;

use crate::error::Finding;

/// Most bytes of a spec, as JSON. A record of it must fit into an object of 1.5 MiB with room.
const SPEC_LIMIT: usize = 512 * 1024;
/// A name must fit into a label.
pub(crate) const NAME_LIMIT: usize = 63;
/// Longest revision: the longest name made of it adds seven letters.
pub(crate) const REVISION_LIMIT: usize = 56;

/// Findings in the name and in fields that become names.
pub(crate) fn check(name: &str, spec: &MeshInstallationSpec) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_name(name, &mut findings);
    check_size(spec, &mut findings);
    let mut label = |path: &str, value: Option<&str>, limit: usize| {
        if let Some(value) = value
            && !is_label(value, limit)
        {
            findings.push(not_label(path, value, limit));
        }
    };
    label("spec.namespace", spec.namespace.as_deref(), NAME_LIMIT);
    let revision = spec
        .revision
        .as_deref()
        .filter(|revision| !revision.is_empty());
    label("spec.revision", revision, REVISION_LIMIT);
    if let Some(components) = &spec.components {
        let single = [
            ("pilot", &components.pilot),
            ("cni", &components.cni),
            ("ztunnel", &components.ztunnel),
            ("base", &components.base),
        ];
        for (name, component) in single {
            let namespace = component.as_ref().and_then(|c| c.namespace.as_deref());
            label(
                &format!("spec.components.{name}.namespace"),
                namespace,
                NAME_LIMIT,
            );
        }
        let lists = [
            ("ingressGateways", &components.ingress_gateways),
            ("egressGateways", &components.egress_gateways),
        ];
        for (list, gateways) in lists {
            for (index, gateway) in gateways.iter().flatten().enumerate() {
                let path = format!("spec.components.{list}[{index}]");
                label(&format!("{path}.name"), Some(&gateway.name), GATEWAY_LIMIT);
                let namespace = gateway.component.namespace.as_deref();
                label(&format!("{path}.namespace"), namespace, NAME_LIMIT);
            }
        }
    }
    check_hub(spec, &mut findings);
    findings
}

/// Longest name of a gateway: its ServiceAccount's name adds sixteen letters, within 63 for a
/// label that other tools make of it.
const GATEWAY_LIMIT: usize = 48;

fn check_name(name: &str, findings: &mut Vec<Finding>) {
    let length = name.chars().count();
    if length > NAME_LIMIT {
        findings.push(Finding::new(
            "metadata.name",
            format!(
                "{length} characters given, allowed: at most {NAME_LIMIT}, since labels hold it"
            ),
        ));
    } else if !name.split('.').all(|part| is_label(part, NAME_LIMIT)) {
        findings.push(Finding::new(
            "metadata.name",
            format!("{name:?} given, allowed: lower-case letters, digits, '-' and '.'"),
        ));
    }
}

fn check_size(spec: &MeshInstallationSpec, findings: &mut Vec<Finding>) {
    let size = serde_json::to_vec(spec).map_or(0, |json| json.len());
    if size > SPEC_LIMIT {
        findings.push(Finding::new(
            "spec",
            format!("{size} bytes as JSON, allowed: at most {SPEC_LIMIT}"),
        ));
    }
}

fn check_hub(spec: &MeshInstallationSpec, findings: &mut Vec<Finding>) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/[]-".contains(c);
    if let Some(hub) = &spec.hub
        && (hub.is_empty() || !hub.chars().all(allowed))
    {
        findings.push(Finding::new(
            "spec.hub",
            format!("{hub:?} given, allowed: a registry and path such as docker.io/istio"),
        ));
    }
}

/// Whether the text is a DNS label of at most `limit` characters.
pub(crate) fn is_label(text: &str, limit: usize) -> bool {
    let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= limit
        && bytes.first().is_some_and(|c| edge(*c))
        && bytes.last().is_some_and(|c| edge(*c))
        && bytes.iter().all(|c| edge(*c) || *c == b'-')
}

pub(crate) fn not_label(path: &str, given: &str, limit: usize) -> Finding {
    let given: String = given.chars().take(80).collect();
    Finding::new(
        path,
        format!(
            "{given:?} given, allowed: lower-case letters, digits and '-', at most {limit} characters"
        ),
    )
}
