//! A change beside the running control plane: the candidate comes up with an Istio revision of its
//! own, is watched, takes the namespaces over, and is promoted.

use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::{Approval, DataPlaneMode, GatewayOrder, UpgradePhase};
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::Cover;

use super::transition::Said;
use super::turn::{Stage, Turn};
use super::waves::{Outcome, Scope};
use crate::record::Record;
use crate::status::some_of;

impl Turn<'_> {
    /// One look at a candidate with a control plane of its own.
    pub(super) fn canary(&mut self, active: &Record, candidate: &str, stage: Stage) {
        match stage.phase {
            UpgradePhase::Verifying => self.verify(active, candidate, &stage),
            UpgradePhase::AwaitingWindow | UpgradePhase::Moving | UpgradePhase::Soaking => {
                self.move_on(active, candidate, stage);
            }
            UpgradePhase::Promoting => self.promote(active, candidate, &stage),
            UpgradePhase::Installing => self.install(active, candidate, &stage),
            // The phase of an earlier attempt.
            UpgradePhase::AwaitingApproval
            | UpgradePhase::RollingBack
            | UpgradePhase::Completed
            | UpgradePhase::RolledBack => {
                let stage = Stage::new(UpgradePhase::Installing, self.now);
                self.install(active, candidate, &stage);
            }
        }
    }

    /// Its control plane is applied; until it is ready nothing of the active one changes.
    fn install(&mut self, active: &Record, candidate: &str, stage: &Stage) {
        let waiting = self.seen.readiness(candidate).pilot;
        if waiting.is_empty() {
            let stage = Stage::new(UpgradePhase::Verifying, self.now);
            self.verify(active, candidate, &stage);
            return;
        }
        let deadline = stage.since + self.policy.ready_timeout;
        if self.now >= deadline {
            let why = self.late(&waiting);
            self.fail(candidate, why);
            self.undo(active, candidate);
            return;
        }
        self.wake_at(deadline);
        self.beside(active, candidate, &Cover::none());
        let message = format!("waiting for {}", some_of(&waiting));
        self.tell(active, candidate, stage, &message);
    }

    /// It is ready, and is watched before anything uses it.
    fn verify(&mut self, active: &Record, candidate: &str, stage: &Stage) {
        let waiting = self.seen.readiness(candidate).pilot;
        if !waiting.is_empty() {
            let stage = Stage::new(UpgradePhase::Installing, self.now);
            self.install_again(active, candidate, &stage, &waiting);
            return;
        }
        let until = stage.since + self.policy.soak;
        if self.now < until {
            self.wake_at(until);
            self.beside(active, candidate, &Cover::none());
            let message = format!("{candidate} is ready and is watched until {until:.0}");
            self.tell(active, candidate, stage, &message);
            return;
        }
        match self.policy.mode {
            DataPlaneMode::Manual => {
                let stage = Stage::new(UpgradePhase::Promoting, self.now);
                self.promote(active, candidate, &stage);
            }
            DataPlaneMode::Waves if !self.seen.plane.complete => {
                self.beside(active, candidate, &Cover::none());
                self.tell(active, candidate, stage, "waiting for all pods to be seen");
            }
            DataPlaneMode::Waves => {
                let mesh = self.mesh(&active.name, candidate);
                if let Some(stage) = self.enter_wave(None, &mesh) {
                    self.move_on(active, candidate, stage);
                } else {
                    let stage = Stage::new(UpgradePhase::Promoting, self.now);
                    self.promote(active, candidate, &stage);
                }
            }
        }
    }

    fn install_again(
        &mut self,
        active: &Record,
        candidate: &str,
        stage: &Stage,
        waiting: &[String],
    ) {
        self.wake_at(stage.since + self.policy.ready_timeout);
        self.beside(active, candidate, &Cover::none());
        let message = format!("waiting for {}", some_of(waiting));
        self.tell(active, candidate, stage, &message);
    }

    /// Namespaces go over wave by wave.
    fn move_on(&mut self, active: &Record, candidate: &str, stage: Stage) {
        let mesh = self.mesh(&active.name, candidate);
        let handed = self
            .seen
            .handed(self.policy.following(), candidate, &active.name);
        let scope = Scope {
            mesh,
            target: self.istio_revision(candidate).to_owned(),
            since: None,
            began: self.began(candidate),
            handed,
        };
        let wave = stage.wave.clone();
        match self.waves(stage, &scope) {
            Outcome::Stays(stage, message) => {
                let moved = self.moved(&stage, &scope);
                self.beside(active, candidate, &moved);
                self.gateways_first(active, candidate);
                self.tell(active, candidate, &stage, &message);
            }
            Outcome::Done => {
                let mut stage = Stage::new(UpgradePhase::Promoting, self.now);
                stage.wave = wave;
                self.promote(active, candidate, &stage);
            }
            Outcome::Failed(stage, why) => {
                self.fail(candidate, why.clone());
                self.report(Some(&active.name), candidate, &stage, &why);
                match self.policy.rollback {
                    Approval::Automatic => self.undo(active, candidate),
                    Approval::Manual => {
                        let moved = self.moved(&stage, &scope);
                        self.beside(active, candidate, &moved);
                        if let Some(record) = self.record(candidate) {
                            self.stop(record, &why);
                        }
                    }
                }
            }
        }
    }

    /// The namespaces that the candidate is to have: those of the waves so far, and those that it has.
    fn moved(&self, stage: &Stage, scope: &Scope) -> Cover {
        let place = stage
            .wave
            .as_ref()
            .and_then(|wave| self.policy.waves.iter().position(|one| one.name == *wave));
        let upto = match (place, stage.phase) {
            // The wave that waits for a window has not begun.
            (Some(0), UpgradePhase::AwaitingWindow) | (None, _) => None,
            (Some(place), UpgradePhase::AwaitingWindow) => Some(place - 1),
            (Some(place), _) => Some(place),
        };
        let waves = upto
            .map(|upto| self.upto(upto, &scope.mesh))
            .unwrap_or_default();
        Cover::Only(waves).or(&scope.handed)
    }

    /// Gateways that go first go before any workload is restarted.
    fn gateways_first(&mut self, active: &Record, candidate: &str) {
        let first = match self.policy.gateways {
            GatewayOrder::First => true,
            GatewayOrder::Last => false,
        };
        if !first {
            return;
        }
        candidate.clone_into(&mut self.out.gateways);
        if !self.seen.readiness(candidate).gateways.is_empty() {
            self.out.restarts = None;
            active.name.clone_into(&mut self.out.shared);
        }
    }

    /// Everything follows: names, node agents, gateways, addons.
    fn promote(&mut self, active: &Record, candidate: &str, stage: &Stage) {
        let handed = self
            .seen
            .handed(self.policy.following(), candidate, &active.name);
        let mut waiting = self.seen.readiness(candidate).all();
        if !handed.is_all() {
            waiting.push("the webhooks to go over".to_owned());
        }
        if waiting.is_empty() {
            self.run(candidate, Some(&active.name));
            self.serve_both(&active.name, candidate, &Cover::all());
            self.stand(candidate, RevisionState::Active);
            self.stand(&active.name, RevisionState::Retiring);
            let stage = Stage::new(UpgradePhase::Completed, self.now);
            self.report(Some(&active.name), candidate, &stage, "");
            return;
        }
        let deadline = stage.since + self.policy.ready_timeout;
        if self.now >= deadline {
            let why = format!("promotion: {}", self.late(&waiting));
            self.fail(candidate, why);
            self.undo(active, candidate);
            return;
        }
        self.wake_at(deadline);
        self.run(candidate, Some(&active.name));
        self.serve_both(&active.name, candidate, &Cover::all());
        self.tell(
            active,
            candidate,
            stage,
            &format!("waiting for {}", some_of(&waiting)),
        );
    }

    /// Both control planes, everything else of the active one, and this part of the namespaces for
    /// the candidate.
    fn beside(&mut self, active: &Record, candidate: &str, moved: &Cover) {
        self.run(&active.name, Some(candidate));
        // What it has it keeps: a status that was lost must not send namespaces back.
        let handed = self
            .seen
            .handed(self.policy.following(), candidate, &active.name);
        self.serve_both(&active.name, candidate, &moved.or(&handed));
    }

    fn tell(&mut self, active: &Record, candidate: &str, stage: &Stage, message: &str) {
        self.report(Some(&active.name), candidate, stage, message);
        let revision = self.istio_revision(candidate);
        let said = format!("{:?} revision {revision}: {message}", stage.phase);
        self.say(Said::Working(reasons::UPGRADING, said));
    }
}
