//! Nothing is under way: the first install, the steady state, and the beginning of a change.

use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::{Approval, UpgradePhase};
use mainsheet_crds::meta::ANNOTATION_RETRY;
use mainsheet_crds::revision::RevisionState;

use super::edge;
use super::seen::Leave;
use super::transition::Said;
use super::turn::{Stage, Turn};
use crate::record::Record;

impl Turn<'_> {
    /// Nothing was ever ready: what is wanted is installed, and there is nothing to go back to.
    pub(super) fn first(&mut self, candidate: Option<&Record>) {
        let want = self.want.record.as_str();
        if let Some(other) = candidate.filter(|other| other.name != want) {
            self.stand(&other.name, RevisionState::Superseded);
        }
        let begun = candidate.is_some_and(|candidate| candidate.name == want);
        if !begun {
            if self.is_held(None) {
                // Nothing is there, and nothing is to be.
                return;
            }
            self.stand(want, RevisionState::Candidate);
        }
        self.run(want, None);
        self.serve_alone(want);
        if self.seen.readiness(want).is_whole() {
            self.stand(want, RevisionState::Active);
            self.out.upgrade = None;
        }
    }

    /// The wanted record is the active one.
    pub(super) fn steady(&mut self, active: &Record) {
        self.run(&active.name, None);
        self.serve_alone(&active.name);
        let Some(upgrade) = self.facts.upgrade.clone() else {
            return;
        };
        match upgrade.phase {
            UpgradePhase::AwaitingWindow | UpgradePhase::Moving | UpgradePhase::Soaking
                if upgrade.to == active.name =>
            {
                self.follow(active);
            }
            UpgradePhase::RollingBack => self.turn_back(active),
            UpgradePhase::Completed | UpgradePhase::RolledBack => {}
            UpgradePhase::AwaitingApproval
            | UpgradePhase::Installing
            | UpgradePhase::Verifying
            | UpgradePhase::AwaitingWindow
            | UpgradePhase::Moving
            | UpgradePhase::Soaking
            | UpgradePhase::Promoting => self.out.upgrade = None,
        }
    }

    /// Another record than the active one is wanted.
    pub(super) fn begin(&mut self, active: &Record) {
        let want = self.want;
        if self.refuses(active) {
            return;
        }
        if let Some(other) = self.unsettled(&active.name) {
            self.steady(active);
            let message = format!("waiting for MeshRevision {other} to let its namespaces go");
            self.say(Said::Working(reasons::UPGRADING, message));
            return;
        }
        if self.is_held(Some(active)) {
            return;
        }
        self.stand(&want.record, RevisionState::Candidate);
        if let Some(standing) = self.out.standings.get_mut(&want.record) {
            standing.failure = None;
        }
        let stage = Stage::new(UpgradePhase::Installing, self.now);
        self.out.upgrade = None;
        self.report(Some(&active.name), &want.record, &stage, "");
        if want.istio_revision == active.istio_revision {
            self.in_place(active, &want.record, &stage);
        } else {
            self.canary(active, &want.record, stage);
        }
    }

    /// Whether the change cannot begin, and why. The active record is kept as it is.
    fn refuses(&mut self, active: &Record) -> bool {
        let want = self.want;
        let known = self.record(&want.record);
        let failure = known.and_then(|record| record.standing.failure.clone());
        let retried = self.seen.retry == Some(want.record.as_str());
        if let Some(failure) = failure {
            if !retried {
                self.steady(active);
                let message = format!(
                    "MeshRevision {} ({}) was rolled back: {failure}. The mesh runs {}. Change the \
                     spec, or annotate with {ANNOTATION_RETRY}={} to try again",
                    want.record, want.version, active.version, want.record
                );
                self.say(Said::Stalled(reasons::ROLLED_BACK, message));
                return true;
            }
            self.out.retried = true;
        }
        let ran = known.is_some_and(|record| {
            matches!(
                record.standing.state,
                RevisionState::Superseded | RevisionState::Retiring
            )
        });
        if want.pinned || ran || edge::is_allowed(&active.version, &want.version) {
            return false;
        }
        self.steady(active);
        let message = format!(
            "spec.version: {} cannot follow {}, which runs; allowed: {}",
            want.version,
            active.version,
            edge::allowed(&active.version)
        );
        self.say(Said::Stalled(reasons::VERSION_REFUSED, message));
        true
    }

    /// A record that still takes namespaces, though the active one should have them all.
    fn unsettled(&self, active: &str) -> Option<String> {
        let others = self
            .facts
            .records
            .iter()
            .filter(|record| record.name != active && record.standing.runs());
        others
            .filter(|record| record.name != self.want.record)
            .find(|record| {
                let mut names = self.policy.following();
                names.any(|name| !self.seen.cover(name, &record.name).is_none())
            })
            .map(|record| record.name.clone())
    }

    /// Whether the change may not begin. The active record is kept as it is.
    fn is_held(&mut self, active: Option<&Record>) -> bool {
        let refused = match (&self.seen.leave, self.policy.approval) {
            (Leave::Given, _) | (Leave::Awaited, Approval::Automatic) => return false,
            (Leave::Awaited, Approval::Manual) => None,
            (Leave::Refused(why), _) => Some(why.clone()),
        };
        if let Some(active) = active {
            self.steady(active);
        }
        self.out.gated = true;
        // The wish to try again is heard when it begins.
        self.out.retried = false;
        match refused {
            Some(why) => self.say(Said::Stalled(reasons::PREFLIGHT_FAILED, why)),
            None => self.await_approval(active),
        }
        true
    }

    /// The change waits for a person.
    fn await_approval(&mut self, active: Option<&Record>) {
        let before = self.stage(&self.want.record);
        let since = if before.phase == UpgradePhase::AwaitingApproval {
            before.since
        } else {
            self.now
        };
        let stage = Stage::new(UpgradePhase::AwaitingApproval, since);
        let from = active.map(|active| active.name.as_str());
        self.report(from, &self.want.record, &stage, "");
        let message = format!(
            "the plan for MeshRevision {} ({}) waits for approval; see status.plan",
            self.want.record, self.want.version
        );
        self.say(Said::Working(reasons::AWAITING_APPROVAL, message));
    }
}
