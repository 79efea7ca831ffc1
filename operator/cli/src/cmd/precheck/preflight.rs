//! What the operator looks at before it begins a change, a line for each check.

use mainsheet_core::preflight::{self, DROPPED, Finding, Used, foreign_crds, owner};
use mainsheet_manifests::Kind;
use mainsheet_profiles::catalogue::RELEASES;
use serde_json::Value;

use super::facts::{self, Facts, List};
use super::{Check, Mesh, Outcome};
use crate::cluster::{Cluster, ClusterError};

/// Users' resources of the APIs that a change is about, or why they could not be read.
pub(super) async fn used(
    running: Option<&str>,
    mesh: &Mesh,
    cluster: &Cluster,
) -> Result<Result<Vec<Used>, String>, ClusterError> {
    let mut used = Vec::new();
    for api in DROPPED
        .iter()
        .filter(|api| api.matters(running, &mesh.resolved.version))
    {
        match cluster.list_at(&api.path()).await {
            Ok(items) => used.push(Used::new(api, &items)),
            Err(ClusterError::NotFound { .. } | ClusterError::NoCrd) => {}
            Err(error @ ClusterError::Refused { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(used))
}

pub(super) fn checks(
    mesh: &Mesh,
    facts: &Facts,
    running: Option<&str>,
    used: Result<Vec<Used>, String>,
) -> Vec<Check> {
    fn read(list: &List) -> &[Value] {
        list.as_deref().unwrap_or_default()
    }
    let crds = read(&facts.crds);
    let (mut resources, unread) = match used {
        Ok(used) => (used, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    for one in &mut resources {
        one.find_bundle(crds);
    }
    let seen = preflight::Facts {
        installation: &mesh.resolved.installation,
        wanted: &mesh.resolved.version,
        running,
        kubernetes: &facts.kubernetes,
        desired: &mesh.desired,
        webhooks: read(&facts.webhooks),
        daemon_sets: read(&facts.daemon_sets),
        crds,
        used: &resources,
    };
    let findings = preflight::findings(&seen);
    let mut lines = Vec::new();
    let mut line = |of: preflight::Check, otherwise: Check| {
        let mut found = findings.iter().filter(|found| found.check == of).peekable();
        if found.peek().is_some() {
            lines.extend(found.map(|found| Check::found(otherwise.name, found)));
        } else {
            lines.push(otherwise);
        }
    };
    line(preflight::Check::Kubernetes, kubernetes(mesh, facts));
    line(preflight::Check::Webhooks, injectors(mesh, &facts.webhooks));
    line(preflight::Check::Crds, crds_of(&seen, &facts.crds));
    line(preflight::Check::Apis, apis(running, unread.as_ref()));
    line(
        preflight::Check::NodeAgents,
        node_agents(&facts.daemon_sets),
    );
    lines
}

fn kubernetes(mesh: &Mesh, facts: &Facts) -> Check {
    const NAME: &str = "kubernetes";
    let (version, istio) = (&facts.kubernetes, &mesh.resolved.version);
    let mut releases = RELEASES.iter();
    let release = releases.find(|release| release.to_string() == *istio);
    let range = release.map(|release| release.minor.kubernetes);
    match (preflight::minor(version), range) {
        (Some(_), Some((from, to))) => Check::pass(
            NAME,
            format!("{version}; Istio {istio} supports Kubernetes 1.{from} to 1.{to}"),
        ),
        _ => Check::unknown(
            NAME,
            &format!("nothing is known of Kubernetes {version} with Istio {istio}"),
        ),
    }
}

fn injectors(mesh: &Mesh, webhooks: &List) -> Check {
    const NAME: &str = "webhooks";
    let mine = format!("MeshInstallation {}", mesh.resolved.installation);
    match webhooks {
        Err(why) => Check::unknown(NAME, why),
        Ok(all) => {
            let others = all.iter().filter(|webhook| owner(webhook) != mine).count();
            Check::pass(
                NAME,
                format!("none of {others} others injects the same pods"),
            )
        }
    }
}

fn crds_of(seen: &preflight::Facts<'_>, crds: &List) -> Check {
    const NAME: &str = "crds";
    let there = match crds {
        Ok(there) => there,
        Err(why) => return Check::unknown(NAME, why),
    };
    let foreign = foreign_crds(seen);
    if let Some(first) = foreign.first() {
        let holder = owner(first);
        return Check::pass(
            NAME,
            format!("{} belong to {holder} and are left to it", foreign.len()),
        );
    }
    let wanted = seen.desired.objects().iter();
    let wanted: Vec<&str> = wanted
        .filter(|wanted| wanted.id.kind == Kind::CustomResourceDefinition)
        .map(|wanted| wanted.id.name.as_str())
        .collect();
    let of_istio = there
        .iter()
        .filter(|crd| wanted.contains(&facts::name(crd)));
    let message = format!(
        "{} of {} are there; the others are created",
        of_istio.count(),
        wanted.len()
    );
    Check::pass(NAME, message)
}

fn apis(running: Option<&str>, unread: Option<&String>) -> Check {
    const NAME: &str = "apis";
    match (unread, running) {
        (Some(why), _) => Check::unknown(NAME, why),
        (None, None) => Check::pass(NAME, "no version runs whose resources could be in use"),
        (None, Some(_)) => Check::pass(NAME, "nothing is used that this version does not read"),
    }
}

fn node_agents(daemon_sets: &List) -> Check {
    const NAME: &str = "agents";
    match daemon_sets {
        Err(why) => Check::unknown(NAME, why),
        Ok(_) => Check::pass(NAME, "no istio-cni or ztunnel of another version is there"),
    }
}

// === impl Check ===

impl Check {
    fn found(name: &'static str, finding: &Finding) -> Self {
        let outcome = if finding.blocks() {
            Outcome::Fail
        } else {
            Outcome::Warn
        };
        Self::of(name, outcome, &finding.what, Some(finding.remedy.clone()))
    }
}
