//! The plan that the operator would carry out, made here: the same function over the same objects.

use std::collections::BTreeSet;

use kube::ResourceExt;
use mainsheet_core::desired::Desired;
use mainsheet_core::live::{Live, LiveBody};
use mainsheet_core::plan::{Inventory, Plan, plan};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::Drift;
use mainsheet_manifests::{Kind, ObjectId, render};
use mainsheet_profiles::catalogue::RELEASES;
use mainsheet_profiles::{Context, Resolved, resolve};

use crate::cluster::Cluster;
use crate::error::Error;
use crate::input::Wanted;

/// What a spec resolves to in this cluster, where a mesh may run already.
pub(crate) fn resolve_in(
    wanted: &Wanted,
    before: Option<&MeshInstallation>,
    kubernetes: Option<String>,
) -> Result<Resolved, Error> {
    let status = before.and_then(|installation| installation.status.as_ref());
    let installed = status.and_then(|status| status.version.clone());
    resolve_over(wanted, installed, kubernetes)
}

/// What a spec resolves to where a mesh runs in this version.
pub(crate) fn resolve_over(
    wanted: &Wanted,
    installed: Option<String>,
    kubernetes: Option<String>,
) -> Result<Resolved, Error> {
    let context = Context {
        installed,
        kubernetes,
        revision: None,
    };
    Ok(resolve(&wanted.name, &wanted.spec, &context)?)
}

/// The version of a mesh that no MeshInstallation tells of: that of istiod's image.
pub(crate) fn installed_in(live: &Inventory, name: &str) -> Option<String> {
    let is_istiod = |live: &&Live| {
        live.id.kind == Kind::Deployment
            && live.installation() == Some(name)
            && live.labels.get("app").is_some_and(|app| app == "istiod")
    };
    let LiveBody::Full(istiod) = &live.values().find(is_istiod)?.body else {
        return None;
    };
    let istiod = istiod.value();
    let containers = istiod
        .pointer("/spec/template/spec/containers")?
        .as_array()?;
    let discovery = containers.iter().find(|one| one["name"] == "discovery")?;
    let (_, tag) = discovery["image"].as_str()?.rsplit_once(':')?;
    let bundled = RELEASES.iter().map(ToString::to_string);
    // A variant stands behind the version.
    bundled.into_iter().find(|version| {
        tag.strip_prefix(version.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// What is to be done in the cluster to get what is wanted.
pub(crate) async fn plan_in(
    cluster: &Cluster,
    resolved: &Resolved,
    drift: Option<Drift>,
) -> Result<Plan, Error> {
    plan_of(cluster, resolved, drift, &cluster.inventory().await?).await
}

/// The same, where it is known what is there.
pub(crate) async fn plan_of(
    cluster: &Cluster,
    resolved: &Resolved,
    drift: Option<Drift>,
    live: &Inventory,
) -> Result<Plan, Error> {
    let desired = Desired::new(&render(resolved)?).held(drift.unwrap_or_default());
    let planned = |foreign| plan(&resolved.installation, &desired, live, &foreign);
    let first = planned(BTreeSet::new());
    // A namespace or a CRD of somebody else serves the mesh as well, and is left to its owner.
    let foreign = cluster.present(&shared(&desired, live)).await?;
    Ok(if foreign.is_empty() {
        first
    } else {
        planned(foreign)
    })
}

fn may_be_foreign(kind: Kind) -> bool {
    matches!(kind, Kind::Namespace | Kind::CustomResourceDefinition)
}

/// Wanted namespaces and CRDs that are not ours: somebody else's would serve as well.
pub(crate) fn shared(desired: &Desired, live: &Inventory) -> Vec<ObjectId> {
    let missing = desired
        .objects()
        .iter()
        .map(|wanted| &wanted.id)
        .filter(|id| may_be_foreign(id.kind) && !live.contains_key(*id));
    missing.cloned().collect()
}

/// One sentence on what would be installed.
pub(crate) fn summary(resolved: &Resolved, before: Option<&MeshInstallation>) -> String {
    let what = sentence(resolved);
    match before {
        None => format!(
            "MeshInstallation {} will be created: {what}",
            resolved.installation
        ),
        Some(before) => format!(
            "MeshInstallation {} will be changed: {what}",
            before.name_any()
        ),
    }
}

/// Version, profile, revision and namespace of a mesh.
pub(crate) fn sentence(resolved: &Resolved) -> String {
    format!(
        "Istio {} with the {} profile, revision {}, in namespace {}",
        resolved.version,
        resolved.profile,
        resolved.istio_revision(),
        resolved.namespace
    )
}
