//! Where the installation says so, what another installer has made is taken over. See
//! `mainsheet_core::adopt`.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use kube::ResourceExt;
use mainsheet_core::adopt;
use mainsheet_core::desired::Desired;
use mainsheet_core::live::Live;
use mainsheet_core::plan::{Plan, Reason, Step};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::{
    ALLOW, ANNOTATION_ADOPT, ANNOTATION_ADOPT_RESTART, LABEL_ISTIO_REV, MANAGER,
};
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::Value;

use super::course::Course;
use super::gather::{PARALLEL, read};
use super::pass::Pass;
use super::{Context, Error};
use crate::cluster::{self, Refusal};
use crate::shared::Memory;

/// Records whose mesh has taken the place of istioctl's default tag, by installation.
pub(super) type Swept = Memory<BTreeSet<String>>;

/// Whether objects of another installer are to be taken over.
pub(super) fn is_wanted(installation: &MeshInstallation) -> bool {
    says(installation, ANNOTATION_ADOPT)
}

fn says(installation: &MeshInstallation, annotation: &str) -> bool {
    let value = installation.annotations().get(annotation);
    value.is_some_and(|value| value == ALLOW)
}

/// Looks for wanted objects that are there by another hand, so that the plan knows them. A
/// namespace serves as well if it is somebody else's.
pub(super) async fn look(
    installation: &MeshInstallation,
    desired: &Desired,
    context: &Context,
) -> Result<(), Error> {
    if !is_wanted(installation) {
        return Ok(());
    }
    let store = context.caches.store();
    let wanted = desired.objects().iter().map(|wanted| &wanted.id);
    let unknown: Vec<&ObjectId> = wanted
        .filter(|id| id.kind != Kind::Namespace && !store.with(|live| live.contains_key(id)))
        .collect();
    let reads: Vec<_> = unknown.iter().map(|id| read(id, context)).collect();
    let found: Vec<Option<Value>> = stream::iter(reads).buffered(PARALLEL).try_collect().await?;
    for (id, object) in unknown.into_iter().zip(found) {
        let Some(live) = object.and_then(|object| Live::from_value(id.kind, object)) else {
            continue;
        };
        store.put(live);
        context.foreign.lock().remove(id);
    }
    Ok(())
}

/// Nothing is touched where pods would be restarted and that is not allowed.
pub(super) fn refuse(installation: &MeshInstallation, plan: &Plan) -> Result<(), Error> {
    let refused = adopt::refusals(plan, says(installation, ANNOTATION_ADOPT_RESTART));
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Error::Adoption(refused))
    }
}

/// Has the fields of these objects handed over, and says whether any were: the plan is another one
/// then. An object that has changed meanwhile is looked at again.
pub(super) async fn take_over(course: &Course, context: &Context) -> Result<bool, Error> {
    let steps = course.plan.steps.iter();
    let steps: Vec<&Step> = steps
        .filter(|step| step.reason == Reason::Adopted)
        .collect();
    for step in &steps {
        hand_over(step, &course.composition.desired, context).await?;
    }
    Ok(!steps.is_empty())
}

async fn hand_over(step: &Step, desired: &Desired, context: &Context) -> Result<(), Error> {
    let store = context.caches.store();
    let known = store.with(|live| live.get(&step.id).map(|live| live.uid.clone()));
    let wanted = desired.objects().iter().find(|one| one.id == step.id);
    let found = read(&step.id, context).await?;
    let (Some(wanted), Some(found)) = (wanted, found) else {
        store.remove(&step.id, &known.unwrap_or_default());
        return Ok(());
    };
    let patch = adopt::handover(wanted, &found).to_string();
    match cluster::merge_metadata(&context.client, &step.id, patch, MANAGER).await {
        Ok(object) => {
            tracing::info!(object = %step.id, fields = ?step.fields, "taken over");
            // It is ours from here on, though only the apply that follows gives it our labels.
            if let Some(live) = Live::from_value(step.id.kind, object) {
                store.put(live);
            }
            Ok(())
        }
        Err(error) if matches!(error.refusal(), Some(Refusal::Owned(_))) => {
            store.remove(&step.id, &known.unwrap_or_default());
            Ok(())
        }
        Err(error) => Err(Error::CarryOut(error)),
    }
}

/// Deletes what istioctl has added, once our webhooks have taken its place. Until then it injects;
/// for the moment in between, istiod knows a pod that it has injected already.
pub(super) async fn sweep(
    installation: &MeshInstallation,
    record: &str,
    pass: &Pass,
    context: &Context,
) -> Result<(), Error> {
    let name = installation.name_any();
    let is_done = |known: Option<&BTreeSet<String>>| known.is_some_and(|all| all.contains(record));
    if !is_wanted(installation) || context.swept.look(&name, is_done) {
        return Ok(());
    }
    let Some(desired) = pass.desired() else {
        return Ok(());
    };
    let objects = desired.objects().iter();
    let mut injectors =
        objects.filter(|wanted| wanted.id.kind == Kind::MutatingWebhookConfiguration);
    let in_place = context.caches.store().with(|live| {
        injectors.all(|wanted| {
            let found = live.get(&wanted.id);
            found.is_some_and(|live| wanted.differences(live).is_empty())
        })
    });
    if !in_place {
        return Ok(());
    }
    for id in adopt::leftovers(desired, installation.spec.namespace()) {
        let Some(object) = read(&id, context).await? else {
            continue;
        };
        // What somebody has made by hand under that name is not istioctl's.
        let of_istioctl = object["metadata"]["labels"][LABEL_ISTIO_REV].is_string();
        if let Some(live) = Live::from_value(id.kind, object).filter(|_| of_istioctl) {
            let deleted = cluster::delete(&context.client, &live).await;
            deleted.map_err(Error::CarryOut)?;
            tracing::info!(object = %id, "deleted: ours has taken its place");
        }
    }
    context
        .swept
        .change(&name, |all| all.insert(record.to_owned()));
    Ok(())
}
