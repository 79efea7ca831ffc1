//! Fifth step: the plan is carried out, wave by wave, as far as the cluster is ready for it.
//!
//! Nothing waits here: where a wave is not ready the pass ends, and the watch that sees it become
//! ready begins the next one. Deletions come last and only when everything wanted is ready.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{StreamExt, stream};
use mainsheet_core::desired::{Desired, Wanted};
use mainsheet_core::live::Live;
use mainsheet_core::plan::{Action, Plan, Step, may_belong_to_others};
use mainsheet_core::status::{Phase, some_of};
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::meta::MANAGER;
use mainsheet_manifests::{Kind, ObjectId, Wave};
use serde_json::Value;
use tokio::time::sleep;

use super::Context;
use super::contest::Repair;
use super::course::Course;
use crate::cluster::{self, Apply, Refusal, WriteError};

/// How many writes of one wave are under way at a time.
const PARALLEL: usize = 8;

/// Pauses before a binding is tried again.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(100),
    Duration::from_millis(300),
];

/// How far a plan has been carried out.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) phase: Phase,
}

impl Applied {
    fn waiting(what: &[String]) -> Self {
        let message = format!("waiting for {}", some_of(what));
        Self {
            phase: Phase::Working(reasons::WAITING, message),
        }
    }
}

/// Carries out a course. `reached` says that its record was reached before, so that every object in
/// it is ours and what others have made of it since is put back. What belongs to a control plane beside the active one goes its own way:
/// nothing else waits for it.
pub(super) async fn carry_out(
    course: &Course,
    reached: bool,
    context: &Context,
) -> Result<Applied, WriteError> {
    let composition = &course.composition;
    if course.transition.running.is_empty() {
        // Nothing has begun: there is nothing to hold what is there against.
        return Ok(Applied {
            phase: Phase::Ready,
        });
    }
    let main = Lane {
        course,
        revision: None,
        reached,
        first: is_first(&course.plan),
    };
    let applied = main.carry_out(context).await?;
    let beside: BTreeSet<&String> = composition.apart.values().collect();
    for revision in beside {
        let lane = Lane {
            revision: Some(revision),
            reached: false,
            first: false,
            ..main
        };
        lane.carry_out(context).await?;
    }
    if applied.phase == Phase::Ready {
        prune(&course.plan, context).await?;
    }
    Ok(applied)
}

/// Objects that wait for each other.
#[derive(Clone, Copy)]
struct Lane<'a> {
    course: &'a Course,
    /// The Istio revision of a control plane beside the active one; none for everything else.
    revision: Option<&'a String>,
    reached: bool,
    first: bool,
}

impl Lane<'_> {
    fn has(&self, id: &ObjectId) -> bool {
        self.course.composition.apart.get(id) == self.revision
    }

    async fn carry_out(&self, context: &Context) -> Result<Applied, WriteError> {
        let desired = &self.course.composition.desired;
        let mut held: Vec<String> = Vec::new();
        for wave in Wave::ALL {
            let steps = self.course.plan.writes();
            let writes: Vec<_> = steps
                .filter(|step| step.wave == wave && self.has(&step.id))
                .map(|step| write(desired, step, self.reached, context))
                .collect();
            // Every write that was begun is ended, whatever becomes of the others.
            let results: Vec<_> = stream::iter(writes)
                .buffer_unordered(PARALLEL)
                .collect()
                .await;
            results.into_iter().collect::<Result<(), _>>()?;
            held.extend(self.unready(wave, context));
            // At a first install pods must not come up without a sidecar: the webhook is there from
            // the start and, like Istio's own, fails closed until istiod answers.
            let goes_on = held.is_empty() || (self.first && wave == Wave::ControlPlane);
            if !goes_on {
                return Ok(Applied::waiting(&held));
            }
        }
        Ok(Applied {
            phase: Phase::Ready,
        })
    }

    /// What of a wave is not ready, each with its reason.
    fn unready(&self, wave: Wave, context: &Context) -> Vec<String> {
        let foreign = context.foreign.lock();
        let objects = self.course.composition.desired.objects();
        let members = objects
            .iter()
            .filter(|wanted| wanted.wave == wave && self.has(&wanted.id));
        context.caches.store().with(|live| {
            members
                .filter(|wanted| !foreign.contains(&wanted.id))
                .filter_map(|wanted| match live.get(&wanted.id) {
                    None => Some(format!("{} to be there", wanted.id)),
                    Some(live) => live
                        .health
                        .waiting
                        .as_ref()
                        .map(|why| format!("{}: {why}", wanted.id)),
                })
                .collect()
        })
    }
}

/// Whether no webhook of the mesh is there yet.
fn is_first(plan: &Plan) -> bool {
    let mut webhooks = plan
        .steps
        .iter()
        .filter(|step| step.id.kind == Kind::MutatingWebhookConfiguration);
    webhooks.all(|step| step.action == Action::Create)
}

async fn write(
    desired: &Desired,
    step: &Step,
    reached: bool,
    context: &Context,
) -> Result<(), WriteError> {
    let Some(wanted) = desired.objects().iter().find(|wanted| wanted.id == step.id) else {
        return Ok(());
    };
    let store = context.caches.store();
    let repair = Repair::of(step, store);
    let serialise = |source| WriteError::Serialise {
        id: step.id.clone(),
        source,
    };
    let removal = store
        .with(|live| live.get(&step.id).map(|live| wanted.removal(live)))
        .transpose()
        .map_err(serialise)?
        .flatten();
    if let Some(patch) = removal {
        // One write puts everything back, so that no pod template is rolled out half repaired.
        let object = cluster::merge(&context.client, &step.id, patch, MANAGER).await?;
        wrote(wanted, step, object, context);
        if let Some(repair) = &repair {
            context.contests.repaired(wanted, step, repair, store);
            return Ok(());
        }
    }
    let payload = store
        .with(|live| wanted.payload(live.get(&step.id)))
        .map_err(serialise)?;
    // An object that is there by another hand must not be seized; one that was ours may be.
    let force = step.action == Action::Patch || (reached && !may_belong_to_others(step.id.kind));
    let how = Apply {
        manager: MANAGER,
        force,
        dry_run: false,
    };
    match apply(context, step, &payload, how).await {
        Ok(object) => {
            wrote(wanted, step, object, context);
            if let Some(repair) = &repair {
                context.contests.repaired(wanted, step, repair, store);
            }
            Ok(())
        }
        Err(error) if may_belong_to_others(step.id.kind) && is_owned(&error) => {
            tracing::info!(object = %step.id, %error, "left to its owner");
            context.foreign.lock().insert(step.id.clone());
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// An object has been written: it is logged, counted, and seen as the API server has it now.
fn wrote(wanted: &Wanted, step: &Step, object: Value, context: &Context) {
    tracing::info!(object = %step.id, action = ?step.action, reason = %step.reason, fields = ?step.fields, "applied");
    context
        .metrics
        .wrote(step.id.kind, step.action, step.reason);
    if let Some(live) = seen(wanted, object) {
        context.caches.store().answered(live);
    }
}

/// The API server checks a binding against the roles that it has seen, and it may see a new one a
/// moment late: not finding the role is worth another try.
async fn apply(
    context: &Context,
    step: &Step,
    payload: &str,
    how: Apply<'_>,
) -> Result<Value, WriteError> {
    for pause in PAUSES {
        match cluster::apply(&context.client, &step.id, payload, how).await {
            Err(error) if step.wave == Wave::Bindings && is_not_found(&error) => sleep(pause).await,
            result => return result,
        }
    }
    cluster::apply(&context.client, &step.id, payload, how).await
}

fn is_not_found(error: &WriteError) -> bool {
    matches!(error.refusal(), Some(Refusal::NotFound(_)))
}

/// What was answered is as good as what the watch will bring, and it is here already.
fn seen(wanted: &Wanted, object: Value) -> Option<Live> {
    let kind = wanted.id.kind;
    let mut live = Live::from_value(kind, object)?;
    if kind == Kind::CustomResourceDefinition {
        // Only the metadata came back; the spec is what was sent.
        live.body = mainsheet_core::live::LiveBody::SpecDigest(wanted.digest.clone());
    }
    Some(live)
}

fn is_owned(error: &WriteError) -> bool {
    matches!(error.refusal(), Some(Refusal::Owned(_)))
}

async fn prune(plan: &Plan, context: &Context) -> Result<(), WriteError> {
    for step in &plan.prunes {
        let live = context
            .caches
            .store()
            .with(|live| live.get(&step.id).cloned());
        if let Some(live) = live {
            cluster::delete(&context.client, &live).await?;
            tracing::info!(object = %step.id, reason = %step.reason, "deleted");
            context
                .metrics
                .wrote(step.id.kind, step.action, step.reason);
        }
    }
    Ok(())
}
