//! Pure: what pods of the mesh need of nodes and namespaces.

use mainsheet_core::status::some_of;
use mainsheet_profiles::ComponentKind;
use serde_json::Value;

use super::facts::{Facts, label, name};
use super::{Check, Mesh};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(super) fn checks(mesh: &Mesh, facts: &Facts) -> Vec<Check> {
    let namespaces = match &facts.namespaces {
        Ok(namespaces) => namespaces,
        Err(why) => return vec![Check::unknown("pod-security", why), ready(facts)],
    };
    let has = |kind| {
        mesh.resolved
            .components
            .iter()
            .any(|component| component.kind == kind)
    };
    let mut checks = vec![ready(facts)];
    if has(ComponentKind::Cni) || has(ComponentKind::Ztunnel) {
        checks.push(agents(mesh, namespaces));
    }
    if has(ComponentKind::Pilot) && !has(ComponentKind::Cni) {
        checks.push(sidecars(namespaces));
    }
    checks
}

fn ready(facts: &Facts) -> Check {
    const NAME: &str = "nodes";
    let nodes = match &facts.nodes {
        Ok(nodes) => nodes,
        Err(why) => return Check::unknown(NAME, why),
    };
    let is_ready = |node: &&Value| {
        let conditions = node["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten();
        conditions
            .into_iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True")
    };
    let ready = nodes.iter().filter(is_ready).count();
    match ready {
        0 => Check::fail(
            NAME,
            format!("none of {} nodes is ready", nodes.len()),
            "pods of the mesh need a node that takes them",
        ),
        ready => Check::pass(NAME, format!("{ready} of {} are ready", nodes.len())),
    }
}

/// The agents on nodes change networking there: their namespace must let privileged pods in.
fn agents(mesh: &Mesh, namespaces: &[Value]) -> Check {
    const NAME: &str = "node-agents";
    let agents =
        mesh.resolved.components.iter().filter(|component| {
            matches!(component.kind, ComponentKind::Cni | ComponentKind::Ztunnel)
        });
    let strict: Vec<String> = agents
        .filter_map(|agent| {
            let namespace = namespaces.iter().find(|one| name(one) == agent.namespace)?;
            let level = label(namespace, ENFORCE).filter(|level| *level != "privileged")?;
            Some(format!(
                "{} of namespace {} lets no {} in",
                format_args!("{ENFORCE}={level}"),
                agent.namespace,
                agent.name
            ))
        })
        .collect();
    if strict.is_empty() {
        Check::pass(NAME, "their namespace lets privileged pods in")
    } else {
        Check::fail(
            NAME,
            some_of(&strict),
            format!(
                "kubectl label namespace {} {ENFORCE}=privileged --overwrite",
                mesh.resolved.namespace
            ),
        )
    }
}

/// Without istio-cni, injected pods set up their own networking, which takes NET_ADMIN.
fn sidecars(namespaces: &[Value]) -> Check {
    const NAME: &str = "pod-security";
    let injected = namespaces.iter().filter(|namespace| {
        label(namespace, "istio-injection") == Some("enabled")
            || label(namespace, mainsheet_crds::meta::LABEL_ISTIO_REV).is_some()
    });
    let strict: Vec<String> = injected
        .filter(|namespace| label(namespace, ENFORCE).is_some_and(|level| level != "privileged"))
        .map(|namespace| name(namespace).to_owned())
        .collect();
    if strict.is_empty() {
        Check::pass(
            NAME,
            "no injected namespace forbids the init container of sidecars",
        )
    } else {
        Check::warn(
            NAME,
            format!(
                "injected pods need NET_ADMIN, which {ENFORCE} forbids in {}",
                some_of(&strict)
            ),
            "enable istio-cni (--set components.cni.enabled=true), or label these namespaces privileged",
        )
    }
}
