//! What happens instead when the installation is being deleted.

use std::collections::BTreeSet;

use kube::ResourceExt;
use mainsheet_core::desired::Desired;
use mainsheet_core::plan::{self, Plan};
use mainsheet_core::removal::{self, Usage};
use mainsheet_core::status::Phase;
use mainsheet_crds::conditions::{RECONCILING, reasons};
use mainsheet_crds::installation::DeletionPolicy;
use mainsheet_crds::meta::FINALIZER;
use mainsheet_crds::{MeshInstallation, MeshInstallationStatus};
use mainsheet_manifests::Kind;

use super::pass::Pass;
use super::{Context, Error, claim, freeze, in_use, publish, records};
use crate::cache::Caches;
use crate::cluster;

/// Carries out the `deletionPolicy`, then lets the installation go. Gives what is to be said of it;
/// nothing when it is gone.
pub(super) async fn remove(
    installation: &MeshInstallation,
    context: &Context,
) -> Result<Option<Pass>, Error> {
    let name = installation.name_any();
    if !installation
        .finalizers()
        .iter()
        .any(|finalizer| finalizer == FINALIZER)
    {
        return Ok(None);
    }
    let policy = installation.spec.deletion_policy.unwrap_or_default();
    if policy != DeletionPolicy::Orphan
        && let Some(pass) = take_away(installation, policy, context).await?
    {
        return Ok(Some(pass));
    }
    // The garbage collector would take the records, too, but may learn of new kinds late.
    freeze::forget(&name, context)
        .await
        .map_err(Error::Release)?;
    claim::release(installation, context)
        .await
        .map_err(Error::Release)?;
    tracing::info!(installation = %name, "released");
    if policy != DeletionPolicy::Orphan {
        let stays = removal::stays(installation.spec.namespace());
        publish::tell(installation, context, reasons::REMOVED, &stays).await;
    }
    context.forget(installation);
    Ok(None)
}

/// Deletes the mesh, unless something holds it. Nothing when it is gone.
async fn take_away(
    installation: &MeshInstallation,
    policy: DeletionPolicy,
    context: &Context,
) -> Result<Option<Pass>, Error> {
    let name = installation.name_any();
    if !context.caches.watch(kinds(installation, context).await?) {
        return Ok(Some(Pass::waiting("the watches of its kinds to start")));
    }
    // What has nothing in the cluster needs nobody's leave to go.
    if still_there(&name, context) == 0 {
        return Ok(None);
    }
    if let Some(held) = held(installation, policy, context).await? {
        return Ok(Some(held));
    }
    delete_all(&name, context).await?;
    let left = still_there(&name, context);
    if left > 0 {
        let message = format!("deleting the mesh: {left} objects are still there");
        return Ok(Some(Pass::of(Phase::Working(reasons::DELETING, message))));
    }
    Ok(None)
}

/// What holds the deletion, unless it has begun: half a mesh serves nobody. What calls its istiod
/// from outside holds it in any case: it would refuse pods or configuration from then on.
async fn held(
    installation: &MeshInstallation,
    policy: DeletionPolicy,
    context: &Context,
) -> Result<Option<Pass>, Error> {
    if has_begun(&publish::last(installation, context)) {
        return Ok(None);
    }
    let users = match in_use::usage(installation, policy, context).await? {
        Usage::Unknown => return Ok(Some(Pass::waiting("the pods of the cluster to be seen"))),
        Usage::Unused => return Ok(None),
        Usage::InUse(users) => users,
    };
    let phase = Phase::Stalled(reasons::IN_USE, removal::held(&users));
    Ok(Some(Pass::of(phase)))
}

fn has_begun(status: &MeshInstallationStatus) -> bool {
    let mut conditions = status.conditions.iter();
    conditions.any(|c| c.type_ == RECONCILING && c.reason == reasons::DELETING)
}

/// Every kind that the mesh may have objects of: after a restart nobody watches those that only some
/// meshes have.
async fn kinds(
    installation: &MeshInstallation,
    context: &Context,
) -> Result<BTreeSet<Kind>, Error> {
    let (_, facts) = records::facts(installation, context);
    let mut kinds: BTreeSet<Kind> = Caches::always().collect();
    for record in facts.records.iter().filter(|one| one.standing.runs()) {
        match context.rendered.stored(&record.name, context).await {
            Ok(rendered) => kinds.extend(rendered.kinds()),
            // Records may go before what they are records of, and an older operator may have written
            // one that this one cannot read: neither keeps a mesh from being removed.
            Err(Error::Read(kube::Error::Api(status))) if status.is_not_found() => {}
            Err(Error::Resolve(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(kinds)
}

/// Everything of the installation that is there, as a plan that wants nothing.
fn leftovers(name: &str, context: &Context) -> Plan {
    let nothing = Desired::default();
    context
        .caches
        .store()
        .with(|live| plan::plan(name, &nothing, live, &BTreeSet::new()))
}

fn still_there(name: &str, context: &Context) -> usize {
    let store = context.caches.store();
    store.with(|live| removal::still_there(name, live))
}

/// Webhooks go first, one after the other: none may call an istiod that is gone.
async fn delete_all(name: &str, context: &Context) -> Result<(), Error> {
    for step in leftovers(name, context).prunes {
        let live = context
            .caches
            .store()
            .with(|live| live.get(&step.id).cloned());
        if let Some(live) = live {
            cluster::delete(&context.client, &live)
                .await
                .map_err(Error::Remove)?;
            tracing::info!(object = %step.id, "deleted");
            context
                .metrics
                .wrote(step.id.kind, step.action, step.reason);
        }
    }
    Ok(())
}
