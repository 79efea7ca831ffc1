//! One turn of the machine: what is given, and the answer in the making.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use mainsheet_crds::installation::{UpgradePhase, UpgradeStatus};
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::Cover;

use super::facts::{Facts, Standing};
use super::policy::{Policy, Target};
use super::seen::Seen;
use super::transition::{Said, Serve, Transition, Want};
use crate::record::Record;

pub(super) struct Turn<'a> {
    pub(super) want: &'a Want,
    pub(super) policy: &'a Policy,
    pub(super) facts: &'a Facts,
    pub(super) seen: &'a Seen<'a>,
    pub(super) now: Timestamp,
    pub(super) out: Transition,
}

/// Where a change stands: what is stored of it and counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stage {
    pub(super) phase: UpgradePhase,
    pub(super) wave: Option<String>,
    pub(super) since: Timestamp,
    pub(super) failed: i32,
}

// === impl Stage ===

impl Stage {
    pub(super) fn new(phase: UpgradePhase, since: Timestamp) -> Self {
        Self {
            phase,
            wave: None,
            since,
            failed: 0,
        }
    }
}

// === impl Turn ===

impl<'a> Turn<'a> {
    pub(super) fn new(
        want: &'a Want,
        policy: &'a Policy,
        facts: &'a Facts,
        seen: &'a Seen<'a>,
        now: Timestamp,
    ) -> Self {
        let out = Transition {
            standings: facts.standings(),
            upgrade: facts.upgrade.clone(),
            ..Transition::default()
        };
        Self {
            want,
            policy,
            facts,
            seen,
            now,
            out,
        }
    }

    /// Makes a record something else.
    pub(super) fn stand(&mut self, record: &str, state: RevisionState) {
        let failure = self
            .out
            .standings
            .get(record)
            .and_then(|standing| standing.failure.clone());
        let standing = Standing {
            failure,
            ..Standing::new(state, self.now)
        };
        self.out.standings.insert(record.to_owned(), standing);
    }

    /// Notes why a record is undone.
    pub(super) fn fail(&mut self, record: &str, why: String) {
        if let Some(standing) = self.out.standings.get_mut(record) {
            standing.failure = Some(why);
        }
    }

    /// The objects of one record, and of no other but those that retire.
    pub(super) fn run(&mut self, shared: &str, also: Option<&str>) {
        shared.clone_into(&mut self.out.shared);
        shared.clone_into(&mut self.out.gateways);
        self.out.running = [Some(shared), also]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect();
    }

    /// One record serves every name.
    pub(super) fn serve_alone(&mut self, record: &str) {
        let others: Vec<String> = self
            .facts
            .records
            .iter()
            .filter(|other| other.name != record && other.standing.runs())
            .map(|other| other.name.clone())
            .collect();
        let serves = self.policy.following().map(|name| {
            let holds = |other: &&String| !self.seen.cover(name, other).is_none();
            Serve {
                name: name.to_owned(),
                to: record.to_owned(),
                from: others.iter().find(holds).cloned(),
                wanted: Cover::all(),
                parked: false,
                at_once: name == self.policy.public,
            }
        });
        self.out.serves = serves.collect();
        self.serve_tags(record, None);
    }

    /// Two records share every name that follows the active one: `moved` is the part of the newer.
    pub(super) fn serve_both(&mut self, active: &str, candidate: &str, moved: &Cover) {
        let serves = self.policy.following().map(|name| Serve {
            name: name.to_owned(),
            to: candidate.to_owned(),
            from: Some(active.to_owned()),
            wanted: moved.clone(),
            parked: true,
            at_once: false,
        });
        self.out.serves = serves.collect();
        self.serve_tags(active, Some(candidate));
    }

    /// Tags that stand for a candidate or a revision of their own. One never comes to point at a
    /// control plane that is not ready: until then it stays where it is.
    fn serve_tags(&mut self, active: &str, candidate: Option<&str>) {
        let is_ready = |record: &str| self.seen.readiness(record).pilot.is_empty();
        let mut serves = Vec::new();
        for (name, target) in &self.policy.tags {
            let to = match target {
                Target::Active => continue,
                Target::Candidate => candidate.filter(|one| is_ready(one)).unwrap_or(active),
                Target::Revision(revision) => match self.running_of(revision, active, candidate) {
                    Some(record) if is_ready(&record.name) => &record.name,
                    Some(_) | None => match self.holder(name) {
                        Some(holder) => holder,
                        None => continue,
                    },
                },
            };
            let holder = self.holder(name).filter(|holder| *holder != to);
            serves.push(Serve {
                name: name.clone(),
                to: to.to_owned(),
                from: holder.map(str::to_owned),
                wanted: Cover::all(),
                parked: false,
                at_once: false,
            });
        }
        self.out.serves.extend(serves);
    }

    fn running_of(
        &self,
        revision: &str,
        active: &str,
        candidate: Option<&str>,
    ) -> Option<&'a Record> {
        let runs = |record: &&Record| {
            record.name == active
                || Some(record.name.as_str()) == candidate
                || record.standing.state == RevisionState::Retiring
        };
        let mut all = self.facts.records.iter().filter(runs);
        all.find(|record| record.istio_revision == revision)
    }

    /// The record that serves a name now.
    fn holder(&self, name: &str) -> Option<&'a str> {
        let mut running = self
            .facts
            .records
            .iter()
            .filter(|record| record.standing.runs());
        running
            .find(|record| !self.seen.cover(name, &record.name).is_none())
            .map(|record| record.name.as_str())
    }

    /// Where the change to a record stands.
    pub(super) fn stage(&self, to: &str) -> Stage {
        let new = || Stage::new(UpgradePhase::Installing, self.now);
        let Some(upgrade) = self
            .facts
            .upgrade
            .as_ref()
            .filter(|upgrade| upgrade.to == to)
        else {
            return new();
        };
        Stage {
            phase: upgrade.phase,
            wave: upgrade.wave.clone(),
            since: upgrade.phase_since.as_ref().map_or(self.now, |time| time.0),
            failed: upgrade.failed_measurements.unwrap_or_default(),
        }
    }

    /// Writes down where a change stands.
    pub(super) fn report(&mut self, from: Option<&str>, to: &str, stage: &Stage, message: &str) {
        let before = self
            .out
            .upgrade
            .take()
            .filter(|upgrade| upgrade.to == to)
            .unwrap_or_default();
        self.out.upgrade = Some(UpgradeStatus {
            from: from.map(str::to_owned),
            to: to.to_owned(),
            phase: stage.phase,
            wave: stage.wave.clone(),
            started_at: before.started_at.or(Some(Time(self.now))),
            phase_since: Some(Time(stage.since)),
            failed_measurements: (stage.failed > 0).then_some(stage.failed),
            message: (!message.is_empty()).then(|| message.to_owned()),
            moved: before.moved,
            total: before.total,
            left_to_owners: before.left_to_owners,
        });
    }

    /// Asks for another look at a moment.
    pub(super) fn wake_at(&mut self, moment: Timestamp) {
        self.out.wake = Some(self.out.wake.map_or(moment, |before| before.min(moment)));
    }

    /// When the change to the record began.
    pub(super) fn began(&self, record: &str) -> Timestamp {
        let standing = self.out.standings.get(record);
        standing
            .and_then(|standing| standing.since)
            .unwrap_or(self.now)
    }

    pub(super) fn record(&self, name: &str) -> Option<&'a Record> {
        self.facts.record(name)
    }

    /// The Istio revision of a record.
    pub(super) fn istio_revision(&self, record: &str) -> &'a str {
        if record == self.want.record {
            return &self.want.istio_revision;
        }
        self.record(record)
            .map_or("", |record| record.istio_revision.as_str())
    }

    pub(super) fn revisions_of(&self, records: [&str; 2]) -> BTreeSet<String> {
        let revisions = records.iter().map(|record| self.istio_revision(record));
        revisions.map(str::to_owned).collect()
    }

    pub(super) fn say(&mut self, said: Said) {
        self.out.said = said;
    }

    pub(super) fn finish(self) -> Transition {
        self.out
    }
}
