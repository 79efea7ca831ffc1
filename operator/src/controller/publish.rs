//! Last step: the status is written, on every outcome, and only when it says something new.

use std::time::{Duration, Instant};

use kube::api::{Patch, PatchParams};
use kube::runtime::events::{Event, EventType};
use kube::{Api, Resource, ResourceExt};
use mainsheet_core::status::{self, Phase};
use mainsheet_crds::conditions::{FIELD_CONFLICT, RECONCILING, reasons};
use mainsheet_crds::meta::MANAGER_STATUS;
use mainsheet_crds::{MeshInstallation, MeshInstallationStatus};
use serde_json::json;

use super::Context;
use super::pass::Pass;
use crate::run::now;
use crate::shared::Memory;

/// The last status written for each installation, by UID: the watch may still bring the one before.
pub(super) type Memo = Memory<Written>;

#[derive(Clone, Debug)]
pub(super) struct Written {
    status: MeshInstallationStatus,
    at: Instant,
}

/// How soon the status may be written again while work goes on. A mesh comes up in many small
/// steps, and nobody reads that fast.
const PACE: Duration = Duration::from_secs(2);

/// The status as it was written last.
pub(super) fn last(installation: &MeshInstallation, context: &Context) -> MeshInstallationStatus {
    let uid = installation.uid().unwrap_or_default();
    let written = context
        .published
        .look(&uid, |known| Some(known?.status.clone()));
    written
        .or_else(|| installation.status.clone())
        .unwrap_or_default()
}

/// How long the next status has to wait.
fn pause(uid: &str, context: &Context) -> Option<Duration> {
    let since = context
        .published
        .look(uid, |known| Some(known?.at.elapsed()))?;
    PACE.checked_sub(since).filter(|wait| !wait.is_zero())
}

/// Writes what a pass came to. Gives how long it must wait, where that was too soon.
pub(super) async fn publish(
    installation: &MeshInstallation,
    context: &Context,
    pass: &Pass,
) -> Result<Option<Duration>, kube::Error> {
    let uid = installation.uid().unwrap_or_default();
    let last = last(installation, context);
    let data_plane = context.data_plane.now();
    let conflicts = context.contests.of(pass.plan());
    let next = context.caches.store().with(|live| {
        let facts = pass.facts(installation, live, &data_plane, conflicts);
        status::next(&last, &facts, now())
    });
    if status::same(&last, &next) {
        return Ok(None);
    }
    if is_in_between(&last, &next)
        && let Some(wait) = pause(&uid, context)
    {
        return Ok(Some(wait));
    }
    write(installation, context, &next).await?;
    for turn in turns(&last, &next, &pass.phase) {
        announce(installation, context, turn).await;
    }
    let written = Written {
        status: next,
        at: Instant::now(),
    };
    context.published.keep(&uid, written);
    Ok(None)
}

/// Whether work goes on as it did before: the one news that may wait.
fn is_in_between(last: &MeshInstallationStatus, next: &MeshInstallationStatus) -> bool {
    let works =
        |status: &MeshInstallationStatus| status.conditions.iter().any(|c| c.type_ == RECONCILING);
    // What an upgrade goes on from is stored before anything is built on it.
    let stage = |status: &MeshInstallationStatus| {
        status.upgrade.as_ref().map(|upgrade| {
            let count = upgrade.failed_measurements;
            (
                upgrade.to.clone(),
                upgrade.phase,
                upgrade.wave.clone(),
                count,
            )
        })
    };
    works(last)
        && works(next)
        && last.observed_generation == next.observed_generation
        && stage(last) == stage(next)
}

async fn write(
    installation: &MeshInstallation,
    context: &Context,
    status: &MeshInstallationStatus,
) -> Result<(), kube::Error> {
    let api: Api<MeshInstallation> = Api::all(context.client.clone());
    let patch = json!({
        "apiVersion": MeshInstallation::api_version(&()),
        "kind": MeshInstallation::kind(&()),
        // A resource that was deleted and made anew in the meantime is another one.
        "metadata": {"uid": installation.uid()},
        "status": status,
    });
    let params = PatchParams::apply(MANAGER_STATUS).force();
    api.patch_status(&installation.name_any(), &params, &Patch::Apply(patch))
        .await?;
    Ok(())
}

/// What people wait for, or are to know at once: type, reason and note of an Event.
type Turn = (EventType, &'static str, String);

/// The turns between two statuses.
fn turns(last: &MeshInstallationStatus, next: &MeshInstallationStatus, phase: &Phase) -> Vec<Turn> {
    let phase = match phase {
        Phase::Ready => Some((
            EventType::Normal,
            reasons::READY,
            "everything is applied and ready".to_owned(),
        )),
        Phase::Stalled(reason, message) => Some((EventType::Warning, *reason, message.clone())),
        Phase::Working(..) | Phase::Suspended(_) => None,
    };
    let fight = next.conditions.iter().find(|c| c.type_ == FIELD_CONFLICT);
    let fight = fight.map(|c| (EventType::Warning, FIELD_CONFLICT, c.message.clone()));
    let told = |(_, _, note): &Turn| last.conditions.iter().any(|c| c.message == *note);
    let turns = phase.into_iter().chain(fight);
    turns.filter(|turn| !told(turn)).collect()
}

/// Tells what has been done, in an Event.
pub(super) async fn tell(
    installation: &MeshInstallation,
    context: &Context,
    reason: &'static str,
    note: &str,
) {
    let turn = (EventType::Normal, reason, note.to_owned());
    announce(installation, context, turn).await;
}

/// Tells what somebody should know, in an Event.
pub(super) async fn warn(
    installation: &MeshInstallation,
    context: &Context,
    reason: &'static str,
    note: &str,
) {
    let turn = (EventType::Warning, reason, note.to_owned());
    announce(installation, context, turn).await;
}

/// An Event. One that cannot be written is logged: the status says the same.
async fn announce(installation: &MeshInstallation, context: &Context, (type_, reason, note): Turn) {
    let event = Event {
        type_,
        reason: reason.to_owned(),
        note: Some(note.chars().take(1000).collect()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    if let Err(error) = context
        .events
        .publish(&event, &installation.object_ref(&()))
        .await
    {
        tracing::warn!(error = %crate::cache::describe(&error), "cannot write an Event");
    }
}
