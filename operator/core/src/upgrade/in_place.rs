//! A change over the running control plane: the new record takes the place of the active one, wave
//! by wave of objects; workloads follow by restarting.

use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::{Approval, DataPlaneMode, UpgradePhase};
use mainsheet_crds::meta::ANNOTATION_RETRY;
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::Cover;

use super::transition::Said;
use super::turn::{Stage, Turn};
use super::waves::{Outcome, Scope};
use crate::record::Record;
use crate::status::some_of;

impl Turn<'_> {
    /// The candidate's objects are applied over the active one's. Ready, it is the active one at
    /// once; past the deadline the active one comes back.
    pub(super) fn in_place(&mut self, active: &Record, candidate: &str, stage: &Stage) {
        let readiness = self.seen.readiness(candidate);
        if readiness.is_whole() {
            self.run(candidate, None);
            self.serve_alone(candidate);
            self.stand(&active.name, RevisionState::Superseded);
            self.stand(candidate, RevisionState::Active);
            self.after_in_place(active, candidate);
            return;
        }
        let deadline = stage.since + self.policy.ready_timeout;
        if self.now >= deadline {
            let why = self.late(&readiness.all());
            self.fail(candidate, why);
            self.undo(active, candidate);
            return;
        }
        self.wake_at(deadline);
        self.run(candidate, None);
        self.serve_alone(candidate);
        self.report(
            Some(&active.name),
            candidate,
            stage,
            &some_of(&readiness.all()),
        );
    }

    pub(super) fn late(&self, waiting: &[String]) -> String {
        let timeout = self.policy.ready_timeout;
        format!("not ready after {timeout:#}: {}", some_of(waiting))
    }

    /// What comes after a record became active in place.
    fn after_in_place(&mut self, before: &Record, active: &str) {
        let stage = match self.policy.mode {
            DataPlaneMode::Manual => Stage::new(UpgradePhase::Completed, self.now),
            DataPlaneMode::Waves => match self.enter_wave(None, &self.mesh(active, &before.name)) {
                Some(stage) => stage,
                None if self.seen.plane.complete => Stage::new(UpgradePhase::Completed, self.now),
                // Nobody knows yet who is to restart.
                None => Stage::new(UpgradePhase::AwaitingWindow, self.now),
            },
        };
        self.report(Some(&before.name), active, &stage, "");
    }

    /// Workloads restart in waves after a change in place.
    pub(super) fn follow(&mut self, active: &Record) {
        let name = active.name.as_str();
        let stage = self.stage(name);
        let from = self
            .facts
            .upgrade
            .as_ref()
            .and_then(|upgrade| upgrade.from.clone());
        if let Some(failure) = &active.standing.failure {
            if self.seen.retry == Some(name) {
                self.out.retried = true;
                if let Some(standing) = self.out.standings.get_mut(name) {
                    standing.failure = None;
                }
            } else {
                self.stop(active, failure);
                return;
            }
        }
        let since = active.standing.since.unwrap_or(active.created);
        let scope = Scope {
            mesh: self.mesh(name, from.as_deref().unwrap_or(name)),
            target: active.istio_revision.clone(),
            since: Some(since),
            began: since,
            handed: Cover::all(),
        };
        match self.waves(stage, &scope) {
            Outcome::Stays(stage, message) => {
                self.report(from.as_deref(), name, &stage, &message);
                self.say(Said::Working(reasons::UPGRADING, message));
            }
            Outcome::Done => {
                let stage = Stage::new(UpgradePhase::Completed, self.now);
                self.report(from.as_deref(), name, &stage, "");
            }
            Outcome::Failed(stage, why) => {
                self.report(from.as_deref(), name, &stage, &why);
                self.fail(name, why.clone());
                let before = from.as_deref().and_then(|from| self.record(from));
                match (self.policy.rollback, before) {
                    (Approval::Automatic, Some(before)) => self.put_back(before, name),
                    (Approval::Automatic, None) | (Approval::Manual, _) => self.stop(active, &why),
                }
            }
        }
    }

    /// The last good record comes back over one that was active.
    fn put_back(&mut self, before: &Record, failed: &str) {
        self.stand(failed, RevisionState::Candidate);
        self.stand(&before.name, RevisionState::Active);
        self.undo(before, failed);
    }

    /// A wave has failed, and a person is to say what becomes of it.
    pub(super) fn stop(&mut self, record: &Record, failure: &str) {
        let message = format!(
            "stopped: {failure}. Change the spec back to undo it, or annotate with \
             {ANNOTATION_RETRY}={} to go on",
            record.name
        );
        self.say(Said::Stalled(reasons::ROLLED_BACK, message));
    }
}
