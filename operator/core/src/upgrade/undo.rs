//! A change is taken back: the candidate failed, or is no longer wanted.

use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::{Approval, DataPlaneMode, UpgradePhase};
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::Cover;

use super::transition::{Restarts, Said};
use super::turn::{Stage, Turn};
use super::usage::Usage;
use crate::record::Record;
use crate::status::some_of;

impl Turn<'_> {
    /// A candidate is under way: it goes on, is taken back, or makes room for another.
    pub(super) fn underway(&mut self, active: &Record, candidate: &Record) {
        let (want, name) = (self.want, candidate.name.as_str());
        let in_place = candidate.istio_revision == active.istio_revision;
        let failed = candidate.standing.failure.clone();
        let third = want.record != active.name && want.record != name;
        if third && failed.is_none() && self.is_midway(active, candidate) {
            self.go_on(active, candidate);
            let message = format!(
                "MeshInstallation wants {} ({}) while the change from {} ({}) to {name} ({}) is \
                 under way; ask for one of these two, and for the third when it is over",
                want.record, want.version, active.name, active.version, candidate.version
            );
            self.say(Said::Stalled(reasons::VERSION_REFUSED, message));
            return;
        }
        if third && in_place {
            // Its objects are about to be overwritten again: there is nothing to wait for.
            self.stand(name, RevisionState::Superseded);
            self.begin(active);
            return;
        }
        match failed {
            None if want.record == name => self.go_on(active, candidate),
            Some(failure) if want.record == name && self.holds_failed(active, candidate) => {
                self.hold(active, candidate, &failure);
            }
            None | Some(_) => self.undo(active, name),
        }
    }

    fn go_on(&mut self, active: &Record, candidate: &Record) {
        let stage = self.stage(&candidate.name);
        if candidate.istio_revision == active.istio_revision {
            self.in_place(active, &candidate.name, &stage);
        } else {
            self.canary(active, &candidate.name, stage);
        }
    }

    /// Whether another wish has to wait: it is for a third version, or workloads have moved already.
    fn is_midway(&self, active: &Record, candidate: &Record) -> bool {
        let versions = [&active.version, &candidate.version];
        let moved = !self
            .seen
            .handed(self.policy.following(), &candidate.name, &active.name)
            .is_none();
        !versions.contains(&&self.want.version)
            || (moved && candidate.istio_revision != active.istio_revision)
    }

    /// Whether a failed candidate stays as it is until a person acts.
    fn holds_failed(&self, active: &Record, candidate: &Record) -> bool {
        let moved = !self
            .seen
            .cover(&self.policy.public, &candidate.name)
            .is_none();
        let by_hand = match self.policy.rollback {
            Approval::Manual => true,
            Approval::Automatic => false,
        };
        by_hand && moved && candidate.istio_revision != active.istio_revision
    }

    fn hold(&mut self, active: &Record, candidate: &Record, failure: &str) {
        let name = candidate.name.as_str();
        if self.seen.retry == Some(name) {
            self.out.retried = true;
            if let Some(standing) = self.out.standings.get_mut(name) {
                standing.failure = None;
            }
            let stage = Stage {
                since: self.now,
                failed: 0,
                ..self.stage(name)
            };
            self.canary(active, name, stage);
            return;
        }
        self.run(&active.name, Some(name));
        let moved = self.seen.cover(&self.policy.public, name);
        self.serve_both(&active.name, name, &moved);
        self.stop(candidate, failure);
    }

    /// The active record has everything again; the candidate goes once nothing uses it.
    pub(super) fn undo(&mut self, active: &Record, candidate: &str) {
        let in_place = self.istio_revision(candidate) == active.istio_revision;
        self.run(&active.name, (!in_place).then_some(candidate));
        if in_place {
            self.serve_alone(&active.name);
        } else {
            self.serve_both(&active.name, candidate, &Cover::none());
        }
        let before = self.stage(candidate);
        let stage = if before.phase == UpgradePhase::RollingBack {
            before
        } else {
            Stage {
                phase: UpgradePhase::RollingBack,
                since: self.now,
                failed: 0,
                wave: before.wave,
            }
        };
        let mut waiting = self.seen.readiness(&active.name).all();
        if !in_place {
            waiting.extend(self.not_given_back(active, candidate));
            waiting.extend(self.restart_back(active, candidate));
        }
        let why = self
            .out
            .standings
            .get(candidate)
            .and_then(|standing| standing.failure.clone())
            .unwrap_or_else(|| "it is no longer wanted".to_owned());
        if !waiting.is_empty() {
            let message = format!("{why}; waiting for {}", some_of(&waiting));
            self.report(Some(&active.name), candidate, &stage, &message);
            self.say(Said::Working(reasons::ROLLING_BACK, message));
            return;
        }
        let unused = in_place || self.usage(candidate) == Usage::Known(Vec::new());
        let standing = if unused {
            RevisionState::Superseded
        } else {
            RevisionState::Retiring
        };
        self.stand(candidate, standing);
        if in_place && stage.wave.is_some() {
            // What had restarted for it restarts once more.
            let stage = Stage {
                since: self.now,
                ..stage
            };
            self.report(Some(&active.name), candidate, &stage, &why);
            self.say(Said::Working(reasons::ROLLING_BACK, why));
            return;
        }
        self.rolled_back(&active.name, candidate, &why);
    }

    fn rolled_back(&mut self, active: &str, candidate: &str, why: &str) {
        let stage = Stage::new(UpgradePhase::RolledBack, self.now);
        self.report(Some(active), candidate, &stage, why);
        self.run_without(candidate);
    }

    /// A record that is superseded runs no longer.
    fn run_without(&mut self, candidate: &str) {
        let runs = self
            .out
            .standings
            .get(candidate)
            .is_some_and(super::facts::Standing::runs);
        if !runs && self.out.shared != candidate {
            self.out.running.retain(|record| record != candidate);
            let shared = self.out.shared.clone();
            self.serve_alone(&shared);
        }
    }

    fn usage(&self, record: &str) -> Usage {
        self.usage_of(self.istio_revision(record))
    }

    /// Names of which the candidate still has namespaces.
    fn not_given_back(&self, active: &Record, candidate: &str) -> Vec<String> {
        let mut waiting = Vec::new();
        for name in self.policy.following() {
            let taken = self.seen.cover(name, candidate);
            let back = self.seen.cover(name, &active.name);
            if !taken.is_none() || (name == self.policy.public && !back.is_all()) {
                waiting.push(format!("the webhooks of {name} to go back"));
            }
        }
        waiting
    }

    /// Orders what had moved to restart; names what has not come back yet.
    fn restart_back(&mut self, active: &Record, candidate: &str) -> Vec<String> {
        match self.policy.mode {
            DataPlaneMode::Manual => return Vec::new(),
            DataPlaneMode::Waves => {}
        }
        let mesh = self.mesh(&active.name, candidate);
        let mut restarts = Restarts {
            namespaces: self.movable(&mesh),
            revisions: [self.istio_revision(candidate).to_owned()].into(),
            target: active.istio_revision.clone(),
            since: None,
            began: self.began_back(candidate),
            parallel: self.widest(),
        };
        let waiting = self.unfinished(&restarts);
        // Where the candidate still injects, a restart would change nothing.
        restarts.namespaces.retain(|name| {
            let mut names = self.policy.following();
            !names.any(|public| self.seen.cover(public, candidate).contains(name))
        });
        if !waiting.is_empty() {
            self.out.restarts = Some(restarts);
        }
        waiting
    }

    /// When the way back began.
    fn began_back(&self, candidate: &str) -> jiff::Timestamp {
        let stage = self.stage(candidate);
        if stage.phase == UpgradePhase::RollingBack {
            stage.since
        } else {
            self.now
        }
    }

    fn widest(&self) -> u32 {
        let waves = self.policy.waves.iter().map(|wave| wave.parallel);
        waves.max().unwrap_or(1)
    }

    /// The last good record is back in place: what had restarted for the failed one restarts again.
    pub(super) fn turn_back(&mut self, active: &Record) {
        let Some(upgrade) = self.facts.upgrade.clone() else {
            return;
        };
        let stage = self.stage(&upgrade.to);
        let mesh = self.mesh(&active.name, &upgrade.to);
        let upto = stage
            .wave
            .as_ref()
            .and_then(|wave| self.policy.waves.iter().position(|one| one.name == *wave));
        let restarts = Restarts {
            namespaces: upto.map_or_else(|| self.movable(&mesh), |upto| self.upto(upto, &mesh)),
            revisions: [active.istio_revision.clone()].into(),
            target: active.istio_revision.clone(),
            since: Some(stage.since),
            began: stage.since,
            parallel: self.widest(),
        };
        let waiting = self.unfinished(&restarts);
        let why = upgrade.message.unwrap_or_default();
        if waiting.is_empty() {
            self.rolled_back(&active.name, &upgrade.to, &why);
            return;
        }
        self.out.restarts = Some(restarts);
        self.report(Some(&active.name), &upgrade.to, &stage, &why);
        let message = format!("waiting for {}", some_of(&waiting));
        self.say(Said::Working(reasons::ROLLING_BACK, message));
    }
}
