//! What happens instead when the installation is being deleted.

use std::collections::BTreeSet;

use kube::ResourceExt;
use mainsheet_core::desired::Desired;
use mainsheet_core::plan::{self, Plan};
use mainsheet_core::status::Phase;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::DeletionPolicy;
use mainsheet_crds::meta::FINALIZER;

use super::pass::Pass;
use super::{Context, Error, claim, freeze};
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
    match installation.spec.deletion_policy.unwrap_or_default() {
        DeletionPolicy::Orphan => {}
        // Admission refuses IfUnused in this release; an object stored before is kept safe.
        DeletionPolicy::IfUnused => {
            return Ok(Some(Pass::of(Phase::Stalled(
                reasons::INVALID_SPEC,
                REFUSE.to_owned(),
            ))));
        }
        DeletionPolicy::Cascade => {
            delete_all(&name, context).await?;
            let left = still_there(&name, context);
            if left > 0 {
                let message = format!("deleting the mesh: {left} objects are still there");
                return Ok(Some(Pass::of(Phase::Working(reasons::DELETING, message))));
            }
        }
    }
    // The garbage collector would take the records, too, but may learn of new kinds late.
    freeze::forget(&name, context)
        .await
        .map_err(Error::Release)?;
    claim::release(installation, context)
        .await
        .map_err(Error::Release)?;
    tracing::info!(installation = %name, "released");
    context.forget(installation);
    Ok(None)
}

const REFUSE: &str = "spec.deletionPolicy: IfUnused is not available in this release; \
                      allowed: Orphan, Cascade";

/// Everything of the installation that is there, as a plan that wants nothing.
fn leftovers(name: &str, context: &Context) -> Plan {
    let nothing = Desired::default();
    context
        .caches
        .store()
        .with(|live| plan::plan(name, &nothing, live, &BTreeSet::new()))
}

fn still_there(name: &str, context: &Context) -> usize {
    let counts = |kind| plan::may_be_pruned(kind);
    context.caches.store().with(|live| {
        live.values()
            .filter(|l| l.ours && counts(l.id.kind) && l.installation() == Some(name))
            .count()
    })
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
