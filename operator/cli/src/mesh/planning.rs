//! The plan that the operator would carry out, made here: the same function over the same objects.

use std::collections::BTreeSet;

use kube::ResourceExt;
use mainsheet_core::desired::Desired;
use mainsheet_core::live::{Live, LiveBody};
use mainsheet_core::plan::{Inventory, Plan, maybe_foreign, plan};
use mainsheet_core::upgrade::Said;
use mainsheet_crds::installation::Drift;
use mainsheet_crds::{MeshInstallation, MeshInstallationStatus};
use mainsheet_manifests::{Kind, render};
use mainsheet_operator::controller::preview::{Foreseen, Preview, Snapshot};
use mainsheet_profiles::catalogue::RELEASES;
use mainsheet_profiles::{Context, Resolved, resolve};

use crate::cluster::Cluster;
use crate::error::Error;
use crate::input::Wanted;
use crate::printer::Printer;

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

/// What the operator would do in this cluster, by its own code. Everything that it asks of what is
/// there is read now.
pub(crate) async fn preview(cluster: &Cluster) -> Result<Preview, Error> {
    let snapshot = Snapshot {
        live: cluster.inventory().await?,
        installations: cluster.list_if_served().await?,
        revisions: cluster.records().await?,
    };
    let kubernetes = cluster.kubernetes().await?;
    Ok(Preview::new(cluster.client.clone(), kubernetes, snapshot))
}

/// What the operator would do if this were applied.
pub(crate) async fn foresee(
    cluster: &Cluster,
    wanted: &Wanted,
    before: Option<&MeshInstallation>,
) -> Result<Foreseen, Error> {
    let preview = preview(cluster).await?;
    let stored = as_stored(wanted, before, &preview);
    Ok(preview.of(&stored).await?)
}

/// Says what a plan alone does not: that it is of a control plane beside the one that runs, or that
/// the wish goes no further.
pub(crate) fn remark(name: &str, foreseen: &Foreseen, printer: &mut Printer) -> Result<(), Error> {
    if let Said::Stalled(reason, message) = &foreseen.said {
        return Err(Error::Stalled {
            name: format!("MeshInstallation {name}"),
            reason: (*reason).to_owned(),
            message: message.clone(),
        });
    }
    if let Some(runs) = &foreseen.beside {
        let wanted = foreseen.resolved.istio_revision();
        printer.say(format_args!(
            "revision {wanted} comes up beside {runs}; what moves to it, and when, is in spec.upgrade"
        ));
    }
    Ok(())
}

/// The MeshInstallation as it would be stored. One that there was keeps what it says of its life;
/// one that there was not keeps the version of a mesh that was installed without it.
pub(crate) fn as_stored(
    wanted: &Wanted,
    before: Option<&MeshInstallation>,
    preview: &Preview,
) -> MeshInstallation {
    let mut stored = before.cloned().unwrap_or_else(|| {
        let mut first = MeshInstallation::new(&wanted.name, wanted.spec.clone());
        first.status = Some(MeshInstallationStatus {
            version: preview.live(|live| installed_in(live, &wanted.name)),
            ..MeshInstallationStatus::default()
        });
        first
    });
    stored.spec = wanted.spec.clone();
    let given = wanted.object["metadata"]["annotations"].as_object();
    for (key, value) in given.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().to_owned();
        stored.annotations_mut().insert(key.clone(), value);
    }
    stored
}

/// What is to be done in the cluster to get what is wanted, where no operator is.
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
    let foreign = cluster.present(&maybe_foreign(&desired, live)).await?;
    Ok(if foreign.is_empty() {
        first
    } else {
        planned(foreign)
    })
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
