//! What is decided is written down before it is carried out, and once more when it is: the wanted
//! record, and what every record is to its mesh.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Resource, ResourceExt};
use mainsheet_core::record::expired;
use mainsheet_core::status::Phase;
use mainsheet_core::upgrade::Standing;
use mainsheet_crds::meta::{
    LABEL_INSTALLATION, LABEL_MANAGED_BY, MANAGED_BY, MANAGER, MANAGER_STATUS,
};
use mainsheet_crds::revision::MeshRevisionStatus;
use mainsheet_crds::{MeshInstallation, MeshRevision, MeshRevisionSpec};
use serde_json::json;

use super::course::{Course, Knowledge};
use super::pass::Pass;
use super::rendered::Rendered;
use super::resolve::Target;
use super::{Context, Error, records};

/// Writes the wanted record, unless it is there or nothing is to come of it yet, and what every
/// record is now.
pub(super) async fn freeze(
    installation: &MeshInstallation,
    target: &Target,
    stored: &mut BTreeMap<String, Standing>,
    course: &Course,
    context: &Context,
) -> Result<(), Error> {
    let transition = &course.transition;
    let wanted = &target.want.record;
    if transition.running.contains(wanted) && !stored.contains_key(wanted) {
        create(installation, &target.rendered, context).await?;
        context.rendered.keep(Arc::clone(&target.rendered));
    }
    for (name, standing) in &transition.standings {
        if stored.get(name) != Some(standing) {
            write(name, standing, context).await?;
            stored.insert(name.clone(), standing.clone());
        }
    }
    Ok(())
}

/// Deletes the records past the history. While something is under way, the past is what one goes
/// back to.
pub(super) async fn forget_past(
    knowledge: &Knowledge<'_>,
    pass: &Pass,
    context: &Context,
) -> Result<(), Error> {
    let Some(known) = pass.known.as_ref().filter(|_| pass.phase == Phase::Ready) else {
        return Ok(());
    };
    let transition = &known.transition;
    let mut kept: Vec<&str> = transition.running.iter().map(String::as_str).collect();
    kept.extend(
        transition
            .upgrade
            .as_ref()
            .map(|upgrade| upgrade.to.as_str()),
    );
    let records = &known.facts.records;
    for name in expired(
        records,
        &transition.standings,
        &kept,
        knowledge.policy.history,
    ) {
        delete(&name, context).await.map_err(Error::Settle)?;
    }
    Ok(())
}

/// Deletes every record of an installation that goes.
pub(super) async fn forget(installation: &str, context: &Context) -> Result<(), kube::Error> {
    for name in records::names(installation, context) {
        delete(&name, context).await?;
    }
    Ok(())
}

async fn delete(name: &str, context: &Context) -> Result<(), kube::Error> {
    let api: Api<MeshRevision> = Api::all(context.client.clone());
    context.written.forget(name);
    match api.delete(name, &DeleteParams::default()).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        result => result.map(|_| ()),
    }
}

async fn create(
    installation: &MeshInstallation,
    rendered: &Rendered,
    context: &Context,
) -> Result<(), Error> {
    let api: Api<MeshRevision> = Api::all(context.client.clone());
    let params = PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    };
    let revision = revision(installation, rendered)?;
    let written = match api.create(&params, &revision).await {
        Ok(written) => written,
        // The watch has not brought it yet.
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            api.get(&rendered.record).await.map_err(Error::Freeze)?
        }
        Err(error) => return Err(Error::Freeze(error)),
    };
    context.written.keep(written);
    Ok(())
}

fn revision(installation: &MeshInstallation, rendered: &Rendered) -> Result<MeshRevision, Error> {
    let resolved = &rendered.resolved;
    let spec = MeshRevisionSpec {
        installation: installation.name_any(),
        version: resolved.version.clone(),
        istio_revision: resolved.istio_revision().to_owned(),
        profile: resolved.profile.to_string(),
        hash: rendered.hash.clone(),
        wish: (rendered.wish != rendered.hash).then(|| rendered.wish.clone()),
        resolved: rendered
            .stored()
            .map_err(|error| Error::Resolve(error.into()))?,
    };
    let mut revision = MeshRevision::new(&rendered.record, spec);
    revision.metadata.owner_references = installation.controller_owner_ref(&()).map(|mut owner| {
        // Blocking the owner's deletion needs a right over its finalizers, and the records may
        // outlive it for a moment.
        owner.block_owner_deletion = None;
        vec![owner]
    });
    let labels: &mut BTreeMap<String, String> = revision.labels_mut();
    labels.insert(LABEL_MANAGED_BY.to_owned(), MANAGED_BY.to_owned());
    labels.insert(LABEL_INSTALLATION.to_owned(), installation.name_any());
    Ok(revision)
}

async fn write(name: &str, standing: &Standing, context: &Context) -> Result<(), Error> {
    let api: Api<MeshRevision> = Api::all(context.client.clone());
    let status = MeshRevisionStatus {
        state: Some(standing.state),
        since: standing.since.map(Time),
        unused_since: standing.unused_since.map(Time),
        failure: standing.failure.clone(),
    };
    let patch = json!({
        "apiVersion": MeshRevision::api_version(&()),
        "kind": MeshRevision::kind(&()),
        "status": status,
    });
    let params = PatchParams::apply(MANAGER_STATUS).force();
    match api.patch_status(name, &params, &Patch::Apply(patch)).await {
        Ok(written) => {
            tracing::info!(record = name, state = ?standing.state, failure = ?standing.failure, "is now");
            context.written.keep(written);
            Ok(())
        }
        // It was deleted: then nothing is to be said of it.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::Settle(error)),
    }
}
