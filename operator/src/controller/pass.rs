//! What one pass over an installation came to, and what the status says of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};
use mainsheet_core::conflict::Conflict;
use mainsheet_core::dataplane::DataPlane;
use mainsheet_core::desired::Desired;
use mainsheet_core::plan::{Inventory, Plan};
use mainsheet_core::status::{self, Awaited, Phase, Resolved};
use mainsheet_core::upgrade::{Composition, Facts, Readiness, Said, Standing, Transition};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::RevisionStatus;
use mainsheet_crds::meta::ANNOTATION_RECONCILE;

use super::carry_out::Applied;
use super::course::Course;
use super::resolve::Target;
use super::{Error, RETRY};
use crate::run::now;

/// After what time a stalled installation is looked at again.
pub(super) const STALLED: Duration = Duration::from_mins(1);

/// What one pass over an installation came to.
pub(super) struct Pass {
    pub(super) phase: Phase,
    pub(super) known: Option<Known>,
    /// How soon there is more to do, whatever the watches bring.
    pub(super) soon: Option<Duration>,
    /// Whether a wish to try again was heard.
    pub(super) retried: bool,
}

/// What is known once a spec is resolved.
pub(super) struct Known {
    pub(super) facts: Facts,
    pub(super) transition: Transition,
    pub(super) awaited: Option<Awaited>,
    target: Target,
    composition: Arc<Composition>,
    plan: Option<Plan>,
    readiness: BTreeMap<String, Readiness>,
}

// === impl Pass ===

impl Pass {
    /// A pass that has nothing to say but how far it came.
    pub(super) fn of(phase: Phase) -> Self {
        Self {
            phase,
            known: None,
            soon: None,
            retried: false,
        }
    }

    pub(super) fn failed(error: &Error) -> Self {
        Self::of(error.phase())
    }

    pub(super) fn waiting(what: &str) -> Self {
        Self::of(Phase::Working(
            reasons::WAITING,
            format!("waiting for {what}"),
        ))
    }

    /// A pass that has had objects of another installer handed over; the next one goes on.
    pub(super) fn taking_over() -> Self {
        let mut pass = Self::waiting("what was taken over to be applied");
        pass.soon = Some(SOON);
        pass
    }

    /// A pass that came to its end: what it set out to do, and what it reached.
    pub(super) fn new(
        facts: Facts,
        target: &Target,
        (set_out, reached): (Course, Course),
        applied: Applied,
    ) -> Self {
        let more = !Arc::ptr_eq(&set_out.composition, &reached.composition)
            || set_out.transition.standings != reached.transition.standings;
        Self {
            phase: phase(&reached.transition.said, applied.phase),
            soon: more.then_some(SOON),
            retried: set_out.transition.retried,
            known: Some(Known {
                facts,
                awaited: None,
                target: target.clone(),
                composition: reached.composition,
                plan: Some(set_out.plan),
                readiness: reached.readiness,
                transition: reached.transition,
            }),
        }
    }

    /// Nothing is written while the spec says so; the status says what would be.
    pub(super) fn suspended(facts: Facts, target: &Target, course: Course) -> Self {
        let open = course.plan.writes().count() + course.plan.prunes.len();
        let message = match open {
            0 => String::new(),
            1 => "1 object differs from what is wanted".to_owned(),
            many => format!("{many} objects differ from what is wanted"),
        };
        let mut transition = course.transition;
        transition.standings = facts.standings();
        transition.upgrade.clone_from(&facts.upgrade);
        transition.wake = None;
        Self {
            phase: Phase::Suspended(message),
            soon: None,
            retried: false,
            known: Some(Known {
                facts,
                transition,
                awaited: None,
                target: target.clone(),
                composition: course.composition,
                plan: None,
                readiness: course.readiness,
            }),
        }
    }

    pub(super) fn outcome(&self) -> &'static str {
        match &self.phase {
            Phase::Ready => "ready",
            Phase::Working(..) => "working",
            Phase::Stalled(..) => "stalled",
            Phase::Suspended(_) => "suspended",
        }
    }

    /// Asks for another pass after a time.
    pub(super) fn again(&mut self, after: Duration) {
        self.soon = Some(self.soon.map_or(after, |before| before.min(after)));
    }

    /// Watches bring the next pass; a failed or stalled one also comes by itself, since a changed
    /// role or a freed name is not watched, and so does one at the end of a span of time.
    pub(super) fn wake(&self, pause: Option<Duration>) -> Action {
        let own = match &self.phase {
            Phase::Working(reason, _) if *reason == reasons::APPLY_FAILED => Some(RETRY),
            Phase::Stalled(..) => Some(STALLED),
            Phase::Ready | Phase::Working(..) | Phase::Suspended(_) => None,
        };
        let wake = self.known.as_ref().and_then(|known| known.transition.wake);
        let wake = wake.map(|moment| {
            let wait = moment.duration_since(now());
            Duration::try_from(wait).unwrap_or_default().max(SOON)
        });
        let soonest = [own, wake, self.soon, pause].into_iter().flatten().min();
        soonest.map_or_else(Action::await_change, Action::requeue)
    }

    /// What is wanted now, if it came to that.
    pub(super) fn desired(&self) -> Option<&Desired> {
        Some(&self.known.as_ref()?.composition.desired)
    }

    /// What the pass set out to do, if it came to that.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.known.as_ref()?.plan.as_ref()
    }

    /// What the status is made of.
    pub(super) fn facts<'a>(
        &'a self,
        installation: &'a MeshInstallation,
        live: &'a Inventory,
        data_plane: &'a DataPlane,
        conflicts: Vec<Conflict>,
    ) -> status::Facts<'a> {
        status::Facts {
            conflicts,
            generation: installation.meta().generation.unwrap_or_default(),
            phase: self.phase.clone(),
            requested: installation
                .annotations()
                .get(ANNOTATION_RECONCILE)
                .map(String::as_str),
            resolved: self
                .known
                .as_ref()
                .map(|known| known.resolved(live, data_plane)),
        }
    }
}

/// How soon a pass comes that has more to do at once.
const SOON: Duration = Duration::from_millis(50);

/// What the machine says goes before how far the objects are.
fn phase(said: &Said, applied: Phase) -> Phase {
    match said {
        Said::Stalled(reason, message) => Phase::Stalled(reason, message.clone()),
        Said::Working(reason, message) => Phase::Working(reason, message.clone()),
        Said::Nothing => applied,
    }
}

// === impl Known ===

impl Known {
    fn resolved<'a>(&'a self, live: &'a Inventory, data_plane: &'a DataPlane) -> Resolved<'a> {
        let active = self.facts.active();
        let want = &self.target.want;
        Resolved {
            version: active.map_or(&want.version, |active| &active.version),
            revision: active.map_or(&want.istio_revision, |active| &active.istio_revision),
            active: active.map(|active| active.name.as_str()),
            record: &want.record,
            revisions: self.revisions(),
            desired: &self.composition.desired,
            apart: &self.composition.apart,
            live,
            data_plane,
            plan: self.plan.as_ref(),
            awaited: self.awaited.as_ref(),
            upgrade: self.transition.upgrade.as_ref(),
        }
    }

    /// The records as the status lists them: what runs first, and of the rest the newest first.
    fn revisions(&self) -> Vec<RevisionStatus> {
        let running = &self.transition.running;
        let place = |name: &String| running.iter().position(|one| one == name);
        let mut records: Vec<_> = self.facts.records.iter().collect();
        records.sort_by_key(|record| {
            (
                place(&record.name).unwrap_or(usize::MAX),
                std::cmp::Reverse(record.created),
                record.name.clone(),
            )
        });
        let status = |record: &&mainsheet_core::record::Record| {
            let Standing { state, since, .. } = record.standing.clone();
            RevisionStatus {
                name: record.name.clone(),
                istio_revision: record.istio_revision.clone(),
                version: record.version.clone(),
                state,
                ready: place(&record.name)
                    .and_then(|_| self.readiness.get(&record.name))
                    .map(|readiness| readiness.pilot.is_empty()),
                used_by: self
                    .transition
                    .used_by
                    .get(&record.name)
                    .cloned()
                    .unwrap_or_default(),
                since: since.map(Time),
                ..RevisionStatus::default()
            }
        };
        records.iter().map(status).collect()
    }
}
