//! The status of a `MeshInstallation`, derived from what a reconcile found out.
//!
//! The contract is kstatus' (see `mainsheet_crds::conditions`). A condition's transition time moves
//! only with its status, so that two statuses that say the same are equal whatever the time is.

mod crds;
mod data_plane;

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use mainsheet_crds::conditions::{self, reasons};
use mainsheet_crds::installation::{
    ComponentStatus, HistoryEntry, MeshInstallationStatus, Outcome, PlanStatus, RevisionStatus,
    UpgradePhase, UpgradeStatus,
};
use mainsheet_manifests::{Kind, ObjectId, Wave};

use crate::conflict::Conflict;
use crate::dataplane::DataPlane;
use crate::desired::Desired;
use crate::plan::{Action, Inventory, Plan};

/// How many ended changes the status lists.
const HISTORY: usize = 10;

/// How far a reconcile has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Everything wanted is applied and ready.
    Ready,
    /// Work goes on by itself: reason and message.
    Working(&'static str, String),
    /// A person must act: reason and message.
    Stalled(&'static str, String),
    /// The spec says to write nothing; the message says what would be written.
    Suspended(String),
}

/// What a reconcile found out.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Generation of the spec that was looked at.
    pub generation: i64,
    /// How far it has come.
    pub phase: Phase,
    /// What the spec resolved to; none when it could not be resolved.
    pub resolved: Option<Resolved<'a>>,
    /// The annotation that asked for this reconcile.
    pub requested: Option<&'a str>,
    /// Fights over fields.
    pub conflicts: Vec<Conflict>,
}

/// What is known once a spec is resolved.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// Istio version.
    pub version: &'a str,
    /// Istio revision of the active control plane.
    pub revision: &'a str,
    /// Name of the active record, once there is one.
    pub active: Option<&'a str>,
    /// Name of the wanted record.
    pub record: &'a str,
    /// Every kept record.
    pub revisions: Vec<RevisionStatus>,
    /// Everything wanted.
    pub desired: &'a Desired,
    /// What of it belongs to a control plane beside the active one.
    pub apart: &'a BTreeMap<ObjectId, String>,
    /// Everything there.
    pub live: &'a Inventory,
    /// What uses the mesh.
    pub data_plane: &'a DataPlane,
    /// What the reconcile set out to do; none when it was nothing.
    pub plan: Option<&'a Plan>,
    /// The plan that waits for approval.
    pub awaited: Option<&'a Awaited>,
    /// How far the change under way has come, or how the last one ended.
    pub upgrade: Option<&'a UpgradeStatus>,
}

/// A plan that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// What approves it.
    pub hash: String,
    /// The plan.
    pub plan: Plan,
    /// Where it is written out, if it is.
    pub details: Option<String>,
}

/// The next status, given the last one.
pub fn next(
    last: &MeshInstallationStatus,
    facts: &Facts<'_>,
    now: Timestamp,
) -> MeshInstallationStatus {
    let mut status = MeshInstallationStatus {
        conditions: Vec::new(),
        ..last.clone()
    };
    status.observed_generation = Some(facts.generation);
    status.last_handled_reconcile_at = facts.requested.map(str::to_owned);
    let mut wanted = phase_conditions(&facts.phase, last);
    wanted.extend(conflict_condition(&facts.conflicts));
    if let Some(resolved) = &facts.resolved {
        status.version = Some(resolved.version.to_owned());
        status.revision = Some(resolved.revision.to_owned());
        status.revisions.clone_from(&resolved.revisions);
        data_plane::count_pods(&mut status.revisions, &last.revisions, resolved.data_plane);
        status.components = components(resolved);
        status.plan = plan_told(last, resolved);
        status.upgrade = resolved.upgrade.cloned();
        if let Some(entry) = turned_back(last, resolved, now) {
            enter(&mut status, entry);
        }
        if facts.phase == Phase::Ready {
            remember(&mut status, resolved, now);
        }
        wanted.extend(group_conditions(resolved));
        wanted.extend(crds::ready(resolved, &facts.phase));
        wanted.extend(data_plane::current(
            &status.revisions,
            &status.history,
            resolved.data_plane,
        ));
    }
    status.conditions = wanted
        .into_iter()
        .map(|said| condition(said, last, facts.generation, now))
        .collect();
    if facts
        .resolved
        .as_ref()
        .is_some_and(|resolved| !resolved.data_plane.complete)
    {
        let kept = data_plane::as_it_was(&last.conditions);
        status.conditions.extend(kept.cloned());
    }
    status
}

/// Whether two statuses say the same to a reader, times left aside.
pub fn same(one: &MeshInstallationStatus, other: &MeshInstallationStatus) -> bool {
    let timeless = |status: &MeshInstallationStatus| {
        let mut status = status.clone();
        for condition in &mut status.conditions {
            condition.last_transition_time = Time(Timestamp::UNIX_EPOCH);
        }
        status
    };
    timeless(one) == timeless(other)
}

/// Type, status, reason, message.
type Said = (&'static str, &'static str, &'static str, String);

fn phase_conditions(phase: &Phase, last: &MeshInstallationStatus) -> Vec<Said> {
    match phase {
        Phase::Ready => {
            vec![(
                conditions::READY,
                "True",
                reasons::READY,
                "everything is applied and ready".to_owned(),
            )]
        }
        Phase::Working(reason, message) => vec![
            (conditions::RECONCILING, "True", reason, message.clone()),
            (conditions::READY, "False", reason, message.clone()),
        ],
        Phase::Stalled(reason, message) => vec![
            (conditions::STALLED, "True", reason, message.clone()),
            (conditions::READY, "False", reason, message.clone()),
        ],
        Phase::Suspended(message) => {
            let ready = last
                .conditions
                .iter()
                .any(|c| c.type_ == conditions::READY && c.status == "True");
            let status = if ready && message.is_empty() {
                "True"
            } else {
                "False"
            };
            let message = if message.is_empty() {
                "nothing is to be done"
            } else {
                message.as_str()
            };
            vec![(
                conditions::READY,
                status,
                reasons::SUSPENDED,
                format!("suspended: {message}"),
            )]
        }
    }
}

/// Said only while there is a fight.
fn conflict_condition(conflicts: &[Conflict]) -> Option<Said> {
    let said: Vec<String> = conflicts.iter().map(Conflict::to_string).collect();
    (!said.is_empty()).then(|| {
        (
            conditions::FIELD_CONFLICT,
            "True",
            reasons::CONFLICTING_WRITER,
            some_of(&said),
        )
    })
}

/// One condition for each group of components.
fn group_conditions(resolved: &Resolved<'_>) -> Vec<Said> {
    let groups = [
        (
            conditions::CONTROL_PLANE_READY,
            [Wave::ControlPlane, Wave::Webhooks].as_slice(),
        ),
        (conditions::GATEWAYS_READY, &[Wave::Gateways]),
        (conditions::NODE_AGENTS_READY, &[Wave::NodeAgents]),
        (conditions::ADDONS_READY, &[Wave::Addons]),
    ];
    groups
        .into_iter()
        .filter_map(|(kind, waves)| group(kind, waves, resolved))
        .collect()
}

/// Nothing is said of a group that is not part of the mesh.
fn group(kind: &'static str, waves: &[Wave], resolved: &Resolved<'_>) -> Option<Said> {
    let mut members = resolved
        .desired
        .objects()
        .iter()
        .filter(|wanted| waves.contains(&wanted.wave) && !resolved.apart.contains_key(&wanted.id))
        .peekable();
    members.peek()?;
    let waiting: Vec<String> = members
        .filter_map(|wanted| match resolved.live.get(&wanted.id) {
            None => Some(format!("{} is not there", wanted.id)),
            Some(live) => live
                .health
                .waiting
                .as_ref()
                .map(|why| format!("{}: {why}", wanted.id)),
        })
        .collect();
    Some(if waiting.is_empty() {
        (kind, "True", reasons::READY, "applied and ready".to_owned())
    } else {
        (kind, "False", reasons::WAITING, some_of(&waiting))
    })
}

/// The first few of many, and how many more there are; a condition's message is for reading.
pub fn some_of(items: &[String]) -> String {
    first_of(items, 3)
}

/// The same with another number of them.
pub fn first_of(items: &[String], count: usize) -> String {
    let shown = items
        .iter()
        .take(count)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ");
    match items.len().saturating_sub(count) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

fn components(resolved: &Resolved<'_>) -> Vec<ComponentStatus> {
    let workloads = resolved.desired.objects().iter().filter(|wanted| {
        matches!(
            wanted.id.kind,
            Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet
        )
    });
    workloads
        .map(|wanted| {
            let health = resolved.live.get(&wanted.id).map(|live| &live.health);
            let pods = health.and_then(|health| health.pods).unwrap_or_default();
            ComponentStatus {
                name: wanted.id.name.clone(),
                kind: wanted.id.kind.to_string(),
                namespace: wanted.id.namespace.clone().unwrap_or_default(),
                ready: pods.ready,
                desired: pods.desired,
                message: match health {
                    None => Some("is not there".to_owned()),
                    Some(health) => health.waiting.clone(),
                },
            }
        })
        .collect()
}

/// The plan that leads to a record is the one it began with: what is left of it later, and what is
/// put back after a stranger's edit, is no other plan.
fn is_news(last: &MeshInstallationStatus, record: &str, plan: &Plan) -> bool {
    !plan.is_empty()
        && last
            .plan
            .as_ref()
            .is_none_or(|known| known.revision != record)
}

/// The plan that is waited with, or that was set out on.
fn plan_told(last: &MeshInstallationStatus, resolved: &Resolved<'_>) -> Option<PlanStatus> {
    if let Some(awaited) = resolved.awaited {
        return Some(PlanStatus {
            hash: awaited.hash.clone(),
            details: awaited.details.clone(),
            awaits_approval: Some(true),
            ..plan_status(resolved.record, &awaited.plan)
        });
    }
    let waited = |plan: &PlanStatus| plan.awaits_approval == Some(true);
    let known = last.plan.clone().map(|plan| PlanStatus {
        awaits_approval: None,
        ..plan
    });
    if last.plan.as_ref().is_some_and(waited) {
        // What was approved is what is carried out now.
        return known.filter(|plan| plan.revision == resolved.record);
    }
    let news = resolved
        .plan
        .filter(|plan| is_news(last, resolved.record, plan));
    match news {
        Some(plan) => Some(plan_status(resolved.record, plan)),
        None => known,
    }
}

/// The end of a change that was undone, at the moment of it.
fn turned_back(
    last: &MeshInstallationStatus,
    resolved: &Resolved<'_>,
    now: Timestamp,
) -> Option<HistoryEntry> {
    let over = |upgrade: &&UpgradeStatus| upgrade.phase == UpgradePhase::RolledBack;
    let upgrade = resolved.upgrade.filter(over)?;
    let known = last.upgrade.as_ref().filter(over);
    if known
        .is_some_and(|before| before.to == upgrade.to && before.started_at == upgrade.started_at)
    {
        return None;
    }
    let undone = resolved
        .revisions
        .iter()
        .find(|revision| revision.name == upgrade.to)?;
    Some(HistoryEntry {
        version: undone.version.clone(),
        revision: undone.name.clone(),
        finished_at: Time(now),
        outcome: Outcome::RolledBack,
    })
}

fn enter(status: &mut MeshInstallationStatus, entry: HistoryEntry) {
    status.history.insert(0, entry);
    status.history.truncate(HISTORY);
}

fn plan_status(record: &str, plan: &Plan) -> PlanStatus {
    let count = |action| i32::try_from(plan.count(action)).unwrap_or(i32::MAX);
    PlanStatus {
        revision: record.to_owned(),
        hash: plan.hash(),
        create: count(Action::Create),
        update: count(Action::Patch),
        delete: count(Action::Prune),
        ..PlanStatus::default()
    }
}

/// Writes down that a record was reached, once.
fn remember(status: &mut MeshInstallationStatus, resolved: &Resolved<'_>, now: Timestamp) {
    let Some(active) = resolved.active else {
        return;
    };
    let last = status
        .history
        .iter()
        .find(|entry| entry.outcome == Outcome::Completed);
    if last.is_some_and(|entry| entry.revision == active) {
        return;
    }
    let entry = HistoryEntry {
        version: resolved.version.to_owned(),
        revision: active.to_owned(),
        finished_at: Time(now),
        outcome: Outcome::Completed,
    };
    enter(status, entry);
}

fn condition(
    said: Said,
    last: &MeshInstallationStatus,
    generation: i64,
    now: Timestamp,
) -> Condition {
    let (type_, status, reason, message) = said;
    let before = last
        .conditions
        .iter()
        .find(|c| c.type_ == type_ && c.status == status);
    Condition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message,
        last_transition_time: before.map_or(Time(now), |c| c.last_transition_time.clone()),
        observed_generation: Some(generation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts(phase: Phase) -> Facts<'static> {
        Facts {
            generation: 4,
            phase,
            resolved: None,
            requested: None,
            conflicts: Vec::new(),
        }
    }

    fn types(status: &MeshInstallationStatus) -> Vec<(&str, &str)> {
        status
            .conditions
            .iter()
            .map(|c| (c.type_.as_str(), c.status.as_str()))
            .collect()
    }

    #[test]
    fn reconciling_and_stalled_are_there_only_while_true() {
        let last = MeshInstallationStatus::default();
        let working = next(
            &last,
            &facts(Phase::Working(reasons::APPLYING, "x".into())),
            at(1),
        );
        assert_eq!(
            types(&working),
            [("Reconciling", "True"), ("Ready", "False")]
        );
        let stalled = next(
            &working,
            &facts(Phase::Stalled(reasons::INVALID_SPEC, "x".into())),
            at(2),
        );
        assert_eq!(types(&stalled), [("Stalled", "True"), ("Ready", "False")]);
        let ready = next(&stalled, &facts(Phase::Ready), at(3));
        assert_eq!(types(&ready), [("Ready", "True")]);
        assert_eq!(ready.observed_generation, Some(4));
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let first = next(
            &MeshInstallationStatus::default(),
            &facts(Phase::Ready),
            at(1),
        );
        let later = next(&first, &facts(Phase::Ready), at(2));
        assert_eq!(first, later);
        let waiting = Phase::Working(reasons::WAITING, "y".into());
        let turned = next(&later, &facts(waiting), at(3));
        assert_eq!(turned.conditions[1].last_transition_time, Time(at(3)));
    }

    #[test]
    fn statuses_that_differ_in_time_alone_are_the_same() {
        let none = MeshInstallationStatus::default();
        let (one, other) = (
            next(&none, &facts(Phase::Ready), at(1)),
            next(&none, &facts(Phase::Ready), at(2)),
        );
        assert!(one != other && same(&one, &other));
        assert!(!same(
            &one,
            &next(
                &none,
                &facts(Phase::Stalled(reasons::REFUSED, String::new())),
                at(1)
            )
        ));
    }

    #[test]
    fn a_suspended_mesh_is_ready_only_if_it_was_and_nothing_is_to_be_done() {
        let ready = next(
            &MeshInstallationStatus::default(),
            &facts(Phase::Ready),
            at(1),
        );
        let frozen = next(&ready, &facts(Phase::Suspended(String::new())), at(2));
        assert_eq!(types(&frozen), [("Ready", "True")]);
        let behind = next(
            &ready,
            &facts(Phase::Suspended("2 objects differ".into())),
            at(2),
        );
        assert_eq!(types(&behind), [("Ready", "False")]);
        assert_eq!(behind.conditions[0].message, "suspended: 2 objects differ");
    }

    #[test]
    fn a_fight_is_told_while_it_goes_on() {
        let fight = Conflict {
            id: mainsheet_manifests::ObjectId::new(Kind::Service, Some("mesh"), "istiod"),
            manager: "rival".to_owned(),
            paths: vec!["spec.type".to_owned()],
        };
        let mut fought = facts(Phase::Ready);
        fought.conflicts = vec![fight];
        let during = next(&MeshInstallationStatus::default(), &fought, at(1));
        assert_eq!(
            types(&during),
            [("Ready", "True"), ("FieldConflict", "True")]
        );
        let said = &during.conditions[1].message;
        assert_eq!(said, "Service mesh/istiod: rival keeps changing spec.type");
        let after = next(&during, &facts(Phase::Ready), at(2));
        assert_eq!(types(&after), [("Ready", "True")]);
    }

    #[test]
    fn a_message_shows_a_few_of_many() {
        let items: Vec<String> = (1..=5).map(|n| n.to_string()).collect();
        assert_eq!(some_of(&items), "1; 2; 3; and 2 more");
        assert_eq!(some_of(&items[..2]), "1; 2");
    }
}
