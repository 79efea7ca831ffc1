//! Third step and the last but one: what is wanted becomes a record, and once it has been reached
//! (or given up) the records say so.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Resource, ResourceExt};
use mainsheet_core::record::{self, HISTORY, Outcome};
use mainsheet_crds::meta::{
    LABEL_INSTALLATION, LABEL_MANAGED_BY, MANAGED_BY, MANAGER, MANAGER_STATUS,
};
use mainsheet_crds::revision::RevisionState;
use mainsheet_crds::{MeshInstallation, MeshRevision, MeshRevisionSpec};
use serde_json::json;

use super::Context;
use super::records::{self, Records};
use super::resolve::Target;
use crate::run::now;

/// Writes the record of the target unless it is there, and returns all records of the installation.
pub(super) async fn freeze(
    installation: &MeshInstallation,
    target: &Target,
    context: &Context,
) -> Result<Records, kube::Error> {
    let mut known: Vec<Arc<MeshRevision>> = context.revisions.state();
    known.retain(|revision| revision.spec.installation == installation.name_any());
    let mut all: Vec<record::Record> = known
        .iter()
        .map(|revision| records::record(revision))
        .collect();
    if !all.iter().any(|record| record.name == target.record) {
        let api: Api<MeshRevision> = Api::all(context.client.clone());
        let params = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        let written = match api.create(&params, &revision(installation, target)).await {
            Ok(written) => written,
            // The watch has not brought it yet.
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                api.get(&target.record).await?
            }
            Err(error) => return Err(error),
        };
        all.push(records::record(&written));
    }
    Ok(Records(all))
}

/// Deletes every record of an installation that goes.
pub(super) async fn forget(installation: &str, context: &Context) -> Result<(), kube::Error> {
    let api: Api<MeshRevision> = Api::all(context.client.clone());
    for record in known(installation, context) {
        delete(&api, &record.name).await?;
    }
    Ok(())
}

fn known(installation: &str, context: &Context) -> Vec<record::Record> {
    let mut known: Vec<Arc<MeshRevision>> = context.revisions.state();
    known.retain(|revision| revision.spec.installation == installation);
    known
        .iter()
        .map(|revision| records::record(revision))
        .collect()
}

async fn delete(api: &Api<MeshRevision>, name: &str) -> Result<(), kube::Error> {
    match api.delete(name, &DeleteParams::default()).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        result => result.map(|_| ()),
    }
}

fn revision(installation: &MeshInstallation, target: &Target) -> MeshRevision {
    let spec = MeshRevisionSpec {
        installation: installation.name_any(),
        version: target.version.clone(),
        istio_revision: target.istio_revision.clone(),
        profile: target.profile.clone(),
        hash: target.hash.clone(),
        wish: None,
        resolved: target.resolved.clone(),
    };
    let mut revision = MeshRevision::new(&target.record, spec);
    revision.metadata.owner_references = installation.controller_owner_ref(&()).map(|mut owner| {
        // Blocking the owner's deletion needs a right over its finalizers, and the records may
        // outlive it for a moment.
        owner.block_owner_deletion = None;
        vec![owner]
    });
    let labels = revision.labels_mut();
    labels.insert(LABEL_MANAGED_BY.to_owned(), MANAGED_BY.to_owned());
    labels.insert(LABEL_INSTALLATION.to_owned(), installation.name_any());
    revision
}

impl Records {
    /// Derives every record's state, writes those that have changed, and deletes those past the
    /// history.
    pub(super) async fn settle(
        self,
        installation: &MeshInstallation,
        target: &Target,
        ready: bool,
        context: &Context,
    ) -> Result<Outcome, kube::Error> {
        let history = installation
            .spec
            .upgrade
            .as_ref()
            .and_then(|upgrade| upgrade.history);
        let keep = history.map_or(HISTORY, |keep| usize::try_from(keep).unwrap_or(HISTORY));
        let outcome = record::settle(&target.record, ready, &self.0, keep);
        let api: Api<MeshRevision> = Api::all(context.client.clone());
        for (record, state) in &outcome.states {
            if record.state.unwrap_or_default() != *state {
                write_state(&api, &record.name, *state).await?;
            }
        }
        // While something is under way, the past is what one goes back to.
        for name in outcome.expired.iter().filter(|_| ready) {
            delete(&api, name).await?;
        }
        Ok(outcome)
    }
}

async fn write_state(
    api: &Api<MeshRevision>,
    name: &str,
    state: RevisionState,
) -> Result<(), kube::Error> {
    let status = json!({
        "apiVersion": MeshRevision::api_version(&()),
        "kind": MeshRevision::kind(&()),
        "status": {"state": state, "since": Time(now())},
    });
    let params = PatchParams::apply(MANAGER_STATUS).force();
    match api.patch_status(name, &params, &Patch::Apply(status)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}
