//! Workloads follow in waves: the namespaces of a wave go over, its workloads restart a few at a time,
//! and it is watched and measured before the next one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mainsheet_crds::installation::UpgradePhase;
use mainsheet_manifests::Cover;

use super::namespaces::{by_wave, is_of, movable};
use super::transition::Restarts;
use super::turn::{Stage, Turn};
use crate::analysis::Judgement;
use crate::status::some_of;

/// Whose workloads follow whom.
pub(super) struct Scope {
    /// Istio revisions of this mesh's proxies.
    pub(super) mesh: BTreeSet<String>,
    /// The revision that they follow.
    pub(super) target: String,
    /// Pods made before this follow even when they are of the revision.
    pub(super) since: Option<Timestamp>,
    /// When the change began.
    pub(super) began: Timestamp,
    /// Namespaces whose new pods come up with the revision.
    pub(super) handed: Cover,
}

/// What a look at the wave under way came to.
pub(super) enum Outcome {
    /// It goes on: where it stands, and what is waited for.
    Stays(Stage, String),
    /// Every wave is over.
    Done,
    /// It failed: where, and why.
    Failed(Stage, String),
}

impl Turn<'_> {
    /// One look at the wave under way.
    pub(super) fn waves(&mut self, stage: Stage, scope: &Scope) -> Outcome {
        self.count(scope);
        if !self.seen.plane.complete {
            return Outcome::Stays(stage, "waiting for all pods to be seen".to_owned());
        }
        let place = stage
            .wave
            .as_ref()
            .and_then(|wave| self.policy.waves.iter().position(|one| one.name == *wave));
        let Some(place) = place else {
            // No wave has begun, or the one that had is no longer in the spec.
            return match self.enter_wave(None, &scope.mesh) {
                Some(stage) => self.in_wave(stage, scope),
                None => Outcome::Done,
            };
        };
        if stage.phase == UpgradePhase::Soaking {
            return self.soak(stage, place, scope);
        }
        self.in_wave(stage, scope)
    }

    fn in_wave(&mut self, mut stage: Stage, scope: &Scope) -> Outcome {
        if stage.phase == UpgradePhase::AwaitingWindow {
            if let Some(message) = self.closed() {
                return Outcome::Stays(stage, message);
            }
            stage.phase = UpgradePhase::Moving;
            stage.since = self.now;
        }
        let place = stage
            .wave
            .as_ref()
            .and_then(|wave| self.policy.waves.iter().position(|one| one.name == *wave));
        let Some(place) = place else {
            return Outcome::Done;
        };
        self.restart(stage, place, scope)
    }

    /// The workloads of a wave restart.
    fn restart(&mut self, stage: Stage, place: usize, scope: &Scope) -> Outcome {
        let wave = &self.policy.waves[place];
        if !self.seen.rollouts.failed.is_empty() {
            let why = format!(
                "wave {}: {}",
                wave.name,
                some_of(&self.seen.rollouts.failed)
            );
            return Outcome::Failed(stage, why);
        }
        let members = self.upto(place, &scope.mesh);
        let (over, coming): (BTreeSet<String>, BTreeSet<String>) = members
            .into_iter()
            .partition(|name| scope.handed.contains(name));
        let restarts = Restarts {
            namespaces: over,
            revisions: scope.mesh.clone(),
            target: scope.target.clone(),
            since: scope.since,
            began: scope.began,
            parallel: wave.parallel,
        };
        let mut waiting: Vec<String> = coming
            .into_iter()
            .map(|name| format!("the webhooks of namespace {name} to go over"))
            .collect();
        waiting.extend(self.unfinished(&restarts));
        if waiting.is_empty() {
            let stage = Stage {
                phase: UpgradePhase::Soaking,
                since: self.now,
                failed: 0,
                ..stage
            };
            return self.soak(stage, place, scope);
        }
        if let Some(message) = self.closed() {
            return Outcome::Stays(stage, message);
        }
        self.out.restarts = Some(restarts);
        let message = format!("wave {}: waiting for {}", wave.name, some_of(&waiting));
        Outcome::Stays(stage, message)
    }

    /// A wave is watched and measured.
    fn soak(&mut self, mut stage: Stage, place: usize, scope: &Scope) -> Outcome {
        let wave = &self.policy.waves[place];
        if !self.seen.rollouts.failed.is_empty() {
            let why = format!(
                "wave {}: {}",
                wave.name,
                some_of(&self.seen.rollouts.failed)
            );
            return Outcome::Failed(stage, why);
        }
        let measured = self.seen.measured.as_ref();
        if let (Some(most), Some(judgement)) = (self.policy.failures, measured) {
            stage.failed = judgement.in_a_row(stage.failed);
            if stage.failed >= most {
                let why = format!("wave {}: {judgement}", wave.name);
                return Outcome::Failed(stage, why);
            }
        }
        let until = stage.since + wave.soak;
        // Where something is measured, a wave ends on a good measurement and on nothing else.
        let good = self.policy.failures.is_none() || measured == Some(&Judgement::Good);
        if self.now >= until && good {
            return match self.enter_wave(Some(place), &scope.mesh) {
                Some(next) => self.in_wave(next, scope),
                None => Outcome::Done,
            };
        }
        let mut message = format!("wave {} is watched until {until:.0}", wave.name);
        if let Some(bad) = measured.filter(|judgement| **judgement != Judgement::Good) {
            message = format!("{message}; {bad}");
        }
        if self.policy.failures.is_some() {
            self.out.measure = true;
            self.wake_at(self.now + self.policy.interval);
        }
        if self.now < until {
            self.wake_at(until);
        }
        Outcome::Stays(stage, message)
    }

    /// The next wave that has namespaces, at its beginning.
    pub(super) fn enter_wave(
        &self,
        after: Option<usize>,
        mesh: &BTreeSet<String>,
    ) -> Option<Stage> {
        let members = self.members(mesh);
        let first = after.map_or(0, |place| place + 1);
        let place = (first..members.len()).find(|place| !members[*place].is_empty())?;
        Some(Stage {
            phase: UpgradePhase::AwaitingWindow,
            wave: Some(self.policy.waves[place].name.clone()),
            since: self.now,
            failed: 0,
        })
    }

    /// Why no workload may restart now, if so.
    fn closed(&mut self) -> Option<String> {
        let closed = self.seen.closed?;
        Some(match closed.opens {
            Some(opens) => {
                self.wake_at(opens);
                format!("waiting for the window that opens at {opens:.0}")
            }
            None => "waiting for a window; none of spec.upgrade.dataPlane.windows opens".to_owned(),
        })
    }

    /// The workloads that have not restarted yet, and those that roll out. What only an owner can
    /// restart is listed and not waited for.
    pub(super) fn unfinished(&mut self, restarts: &Restarts) -> Vec<String> {
        let left = &self.seen.rollouts.left_to_owners;
        let mut waiting = Vec::new();
        let mut owners = Vec::new();
        for group in self
            .seen
            .plane
            .groups
            .iter()
            .filter(|g| restarts.concerns(g))
        {
            let name = group.workload.to_string();
            if !group.workload.kind.is_restartable() || left.contains(&name) {
                owners.push(name);
            } else {
                waiting.push(name);
            }
        }
        let rolling = self.seen.rollouts.in_flight.iter();
        waiting.extend(rolling.filter(|name| !owners.contains(name)).cloned());
        waiting.sort();
        waiting.dedup();
        if let Some(upgrade) = &mut self.out.upgrade {
            owners.sort();
            owners.dedup();
            owners.truncate(OWNERS);
            upgrade.left_to_owners = owners;
        }
        waiting
    }

    /// Counts workloads that have moved and all that are to.
    fn count(&mut self, scope: &Scope) {
        let names = self.movable(&scope.mesh);
        let restarts = Restarts {
            namespaces: names,
            revisions: scope.mesh.clone(),
            target: scope.target.clone(),
            since: scope.since,
            began: scope.began,
            parallel: 1,
        };
        let mesh: Vec<&str> = scope.mesh.iter().map(String::as_str).collect();
        let mut all = BTreeSet::new();
        let mut outdated = BTreeSet::new();
        for group in &self.seen.plane.groups {
            let inside = restarts.namespaces.contains(&*group.workload.namespace);
            if inside && group.workload.kind.is_restartable() && is_of(group, &mesh) {
                all.insert(&group.workload);
                if restarts.concerns(group) {
                    outdated.insert(&group.workload);
                }
            }
        }
        let number = |many: usize| i32::try_from(many).unwrap_or(i32::MAX);
        if let Some(upgrade) = &mut self.out.upgrade {
            upgrade.total = Some(number(all.len()));
            upgrade.moved = Some(number(all.len() - outdated.len()));
        }
    }

    /// Istio revisions of the proxies of two records.
    pub(super) fn mesh(&self, one: &str, other: &str) -> BTreeSet<String> {
        self.revisions_of([one, other])
    }

    pub(super) fn movable(&self, mesh: &BTreeSet<String>) -> BTreeSet<String> {
        let revisions: Vec<&str> = mesh.iter().map(String::as_str).collect();
        movable(self.policy, self.seen.plane, &revisions)
    }

    fn members(&self, mesh: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
        by_wave(&self.policy.waves, &self.movable(mesh), self.seen.plane)
    }

    /// The namespaces of a wave and of those before it.
    pub(super) fn upto(&self, place: usize, mesh: &BTreeSet<String>) -> BTreeSet<String> {
        self.members(mesh)
            .into_iter()
            .take(place + 1)
            .flatten()
            .collect()
    }
}

/// How many workloads that are left to their owners the status names.
const OWNERS: usize = 50;
