//! What is to be done now: the state machine is asked, and what it answers becomes objects and a
//! plan. Pure, but for records that are read back once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;
use mainsheet_core::ambient::Ambient;
use mainsheet_core::analysis::Judgement;
use mainsheet_core::dataplane::DataPlane;
use mainsheet_core::plan::{self, Inventory, Plan};
use mainsheet_core::record::Record;
use mainsheet_core::upgrade::{
    Closed, Composition, Facts, Leave, Part, Policy, Readiness, Rollouts, Seen, Standing,
    Transition, compose, found, is_pilot, next, unused,
};
use mainsheet_core::windows::Opening;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::Drift;
use mainsheet_crds::meta::{ANNOTATION_RETRY, LABEL_COMPONENT, LABEL_REVISION};
use mainsheet_manifests::{Found, ObjectId};

use super::rendered::Rendered;
use super::resolve::{Asked, Target};
use super::{Context, Error};
use crate::run::now;
use crate::shared::Memory;

/// What is to be done now.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) transition: Transition,
    pub(super) composition: Arc<Composition>,
    pub(super) plan: Plan,
    /// What each record that runs waits for.
    pub(super) readiness: BTreeMap<String, Readiness>,
}

impl Course {
    /// A mesh without records: what it resolves to, and nothing beside it.
    pub(super) fn alone(rendered: &Rendered, plan: Plan) -> Self {
        let running = vec![rendered.record.clone()];
        Self {
            transition: Transition {
                running,
                ..Transition::default()
            },
            composition: Arc::new(Composition {
                desired: rendered.desired.clone(),
                ..Composition::default()
            }),
            plan,
            readiness: BTreeMap::new(),
        }
    }

    /// Whether everything but a control plane beside it is of the active record.
    pub(super) fn is_of_active(&self, facts: &Facts) -> bool {
        let active = facts.active();
        active.is_some_and(|active| active.name == self.transition.shared)
    }
}

/// What a pass knows beside what the caches have.
#[derive(Debug)]
pub(super) struct Knowledge<'a> {
    pub(super) installation: String,
    pub(super) target: &'a Target,
    pub(super) policy: &'a Policy,
    pub(super) drift: Drift,
    pub(super) parts: BTreeMap<String, Arc<Rendered>>,
    pub(super) plane: Arc<DataPlane>,
    pub(super) rollouts: Rollouts,
    pub(super) retry: Option<&'a str>,
}

/// The objects that were put together last, by installation, with all that they depend on.
pub(super) type Memo = Memory<(Key, Arc<Composition>)>;

pub(super) type Key = (
    Vec<String>,
    [String; 2],
    Vec<mainsheet_core::upgrade::Serve>,
    BTreeMap<(String, String), Found>,
    Vec<String>,
    Drift,
);

impl<'a> Knowledge<'a> {
    /// Everything that a pass needs to know: the records that run and the wanted one, rendered, and
    /// what became of what was ordered.
    pub(super) async fn gather(
        installation: &'a MeshInstallation,
        asked: &'a Asked,
        target: &'a Target,
        facts: &Facts,
        context: &Context,
    ) -> Result<Self, Error> {
        let name = installation.name_any();
        Ok(Self {
            target,
            policy: &asked.policy,
            drift: installation.spec.drift.unwrap_or_default(),
            parts: parts(facts, target, context).await?,
            plane: context.data_plane.now(),
            rollouts: context
                .orders
                .look(&name, |last| last.map(|last| last.rollouts.clone()))
                .unwrap_or_default(),
            retry: installation
                .annotations()
                .get(ANNOTATION_RETRY)
                .map(String::as_str),
            installation: name,
        })
    }
}

/// The records that a pass may need: those that run, and the wanted one.
async fn parts(
    facts: &Facts,
    target: &Target,
    context: &Context,
) -> Result<BTreeMap<String, Arc<Rendered>>, Error> {
    let mut parts = BTreeMap::new();
    parts.insert(target.want.record.clone(), Arc::clone(&target.rendered));
    let before = facts
        .upgrade
        .as_ref()
        .and_then(|upgrade| upgrade.from.clone());
    let needed = |record: &&Record| record.standing.runs() || before.as_ref() == Some(&record.name);
    for record in facts.records.iter().filter(needed) {
        if !parts.contains_key(&record.name) {
            let rendered = context.rendered.stored(&record.name, context).await?;
            parts.insert(record.name.clone(), rendered);
        }
    }
    let used: BTreeSet<&str> = parts.keys().map(String::as_str).collect();
    context
        .rendered
        .tidy(&target.rendered.resolved.installation, &used);
    Ok(parts)
}

/// Asks the machine and puts the objects together.
pub(super) fn course(
    facts: &Facts,
    knowledge: &Knowledge<'_>,
    measured: Option<Judgement>,
    leave: Leave,
    context: &Context,
) -> Result<Course, Error> {
    let foreign = context.foreign.lock().clone();
    context.caches.store().with(|live| {
        let seen = Seen {
            readiness: readiness(knowledge, live, &foreign),
            shares: shares(knowledge, live),
            plane: &knowledge.plane,
            ambient: ambient(knowledge, live),
            connected: context
                .answers
                .get(&knowledge.installation)
                .unwrap_or_default(),
            rollouts: knowledge.rollouts.clone(),
            closed: closed(knowledge.policy),
            measured,
            leave,
            retry: knowledge.retry,
        };
        let transition = next(
            &knowledge.target.want,
            knowledge.policy,
            facts,
            &seen,
            whole_seconds(now()),
        );
        let composition = composed(&transition, knowledge, &seen, context)?;
        let plan = plan(&transition, &composition, knowledge, live, &foreign);
        Ok(Course {
            transition,
            composition,
            plan,
            readiness: seen.readiness,
        })
    })
}

/// Stored times have whole seconds, and what is compared with them must, too.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn readiness(
    knowledge: &Knowledge<'_>,
    live: &Inventory,
    foreign: &BTreeSet<ObjectId>,
) -> BTreeMap<String, Readiness> {
    let parts = knowledge.parts.iter();
    parts
        .map(|(name, part)| (name.clone(), Readiness::of(&part.desired, live, foreign)))
        .collect()
}

/// Who is served by the ztunnels of the mesh.
fn ambient(knowledge: &Knowledge<'_>, live: &Inventory) -> Ambient {
    Ambient::of(&knowledge.installation, &knowledge.plane, live)
}

/// What every record takes of every name, as it is in the cluster.
fn shares(knowledge: &Knowledge<'_>, live: &Inventory) -> BTreeMap<(String, String), Found> {
    let mut shares = BTreeMap::new();
    let policy = knowledge.policy;
    let names: BTreeSet<&str> = policy
        .following()
        .chain(policy.tags.keys().map(String::as_str))
        .collect();
    for (record, part) in &knowledge.parts {
        for name in &names {
            if let Some(found) = found(&part.resolved, name, live) {
                shares.insert(((*name).to_owned(), record.clone()), found);
            }
        }
    }
    shares
}

fn closed(policy: &Policy) -> Option<Closed> {
    match policy.windows.at(now()) {
        Opening::Open { .. } => None,
        Opening::Closed { opens } => Some(Closed { opens }),
    }
}

fn composed(
    transition: &Transition,
    knowledge: &Knowledge<'_>,
    seen: &Seen<'_>,
    context: &Context,
) -> Result<Arc<Composition>, Error> {
    let is_ready = |name: &String| {
        let readiness = seen.readiness.get(name);
        readiness.is_some_and(|readiness| readiness.pilot.is_empty())
    };
    let key: Key = (
        transition.running.clone(),
        [transition.shared.clone(), transition.gateways.clone()],
        transition.serves.clone(),
        seen.shares.clone(),
        knowledge
            .parts
            .keys()
            .filter(|name| is_ready(name))
            .cloned()
            .collect(),
        knowledge.drift,
    );
    let installation = &knowledge.installation;
    let known = context.composed.look(installation, |known| {
        let (before, composition) = known?;
        (*before == key).then(|| Arc::clone(composition))
    });
    if let Some(composition) = known {
        return Ok(composition);
    }
    let parts: BTreeMap<String, Part<'_>> = knowledge
        .parts
        .iter()
        .map(|(name, rendered)| {
            let part = Part {
                resolved: &rendered.resolved,
                desired: &rendered.desired,
                ready: is_ready(name),
            };
            (name.clone(), part)
        })
        .collect();
    let mut composition = compose(transition, knowledge.policy, &parts, &seen.shares)
        .map_err(|error| Error::Resolve(super::rendered::RenderedError::from(error).into()))?;
    composition.desired = composition.desired.held(knowledge.drift);
    let composition = Arc::new(composition);
    context
        .composed
        .keep(installation, (key, Arc::clone(&composition)));
    Ok(composition)
}

/// The plan. A control plane that is not wanted any more is deleted only when it is known that
/// nothing uses it, whatever became of its record.
fn plan(
    transition: &Transition,
    composition: &Composition,
    knowledge: &Knowledge<'_>,
    live: &Inventory,
    foreign: &BTreeSet<ObjectId>,
) -> Plan {
    let mut plan = plan::plan(&knowledge.installation, &composition.desired, live, foreign);
    let running: BTreeSet<&str> = transition
        .running
        .iter()
        .filter_map(|name| knowledge.parts.get(name))
        .map(|part| part.resolved.istio_revision())
        .collect();
    let revision = |id: &ObjectId| {
        let labels = &live.get(id)?.labels;
        let of_pilot = labels.get(LABEL_COMPONENT).is_some_and(|one| is_pilot(one));
        labels.get(LABEL_REVISION).filter(|_| of_pilot)
    };
    let gone: BTreeSet<&str> = plan
        .prunes
        .iter()
        .filter_map(|step| revision(&step.id))
        .map(String::as_str)
        .filter(|revision| !running.contains(revision))
        .collect();
    if gone.is_empty() {
        return plan;
    }
    let (plane, ambient) = (&knowledge.plane, ambient(knowledge, live));
    let unused = unused(gone.iter().copied(), knowledge.policy, plane, &ambient);
    plan.prunes.retain(|step| {
        revision(&step.id)
            .is_none_or(|revision| running.contains(revision.as_str()) || unused.contains(revision))
    });
    plan
}

/// The facts as they are once a transition is stored.
pub(super) fn stored(facts: &Facts, target: &Target, transition: &Transition) -> Facts {
    let mut facts = facts.clone();
    let wanted = &target.want.record;
    if facts.record(wanted).is_none()
        && let Some(standing) = transition.standings.get(wanted)
    {
        facts.records.push(Record {
            name: wanted.clone(),
            version: target.want.version.clone(),
            istio_revision: target.want.istio_revision.clone(),
            wish: target.rendered.wish.clone(),
            standing: Standing::default(),
            created: standing.since.unwrap_or_default(),
        });
    }
    for record in &mut facts.records {
        if let Some(standing) = transition.standings.get(&record.name) {
            record.standing = standing.clone();
        }
    }
    facts.upgrade.clone_from(&transition.upgrade);
    facts
}
