//! A mesh in memory: it stores what the machine says to store, and its webhooks, control planes and
//! workloads become what the machine wants, as far as a test lets them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mainsheet_crds::installation::UpgradePhase;
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::{Cover, Found, Share};

use crate::ambient::Ambient;
use crate::analysis::Judgement;
use crate::connected::{Answer, Connected};
use crate::dataplane::{DataPlane, Group};
use crate::upgrade::fixtures::{at, group, plane, policy, record};
use crate::upgrade::{
    Closed, Facts, Leave, Policy, Readiness, Rollouts, Said, Seen, Transition, Want, next, shares,
};

pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) facts: Facts,
    pub(super) want: Want,
    pub(super) plane: DataPlane,
    pub(super) ambient: Ambient,
    /// Proxies that nothing tells of but the control planes themselves, by Istio revision.
    pub(super) proxies: BTreeMap<String, u64>,
    /// What the control planes have answered.
    answers: BTreeMap<String, Answer>,
    pub(super) now: i64,
    /// Records that cannot become ready.
    pub(super) broken: BTreeSet<String>,
    pub(super) found: BTreeMap<(String, String), Found>,
    pub(super) failed: Vec<String>,
    pub(super) left: Vec<String>,
    pub(super) measured: Option<Judgement>,
    pub(super) closed: Option<Closed>,
    pub(super) leave: Leave,
    pub(super) retry: Option<String>,
    /// Records whose control planes are there.
    pub(super) running: Vec<String>,
    pub(super) restarted: Vec<String>,
}

pub(super) fn want(name: &str, version: &str, revision: &str) -> Want {
    Want {
        record: name.to_owned(),
        version: version.to_owned(),
        istio_revision: revision.to_owned(),
        pinned: false,
    }
}

/// The record that tests begin with.
pub(super) fn old() -> Want {
    want("old", "1.29.6", "default")
}

/// A candidate beside it.
pub(super) fn new() -> Want {
    want("new", "1.30.3", "1-30-3-4f2a91")
}

/// Three namespaces, each with a workload of the old revision.
pub(super) fn three() -> DataPlane {
    let on = &[("istio-injection", "enabled")][..];
    let wave = &[("istio-injection", "enabled"), ("wave", "one")][..];
    plane(
        &[("a", wave), ("b", on), ("c", on)],
        ["a", "b", "c"]
            .map(|name| group(name, "web", "default", 2))
            .to_vec(),
    )
}

impl World {
    /// A mesh of the old record, ready and at rest.
    pub(super) fn installed(policy: Policy) -> Self {
        let mut world = Self {
            policy,
            want: old(),
            leave: Leave::Given,
            ..Self::empty()
        };
        world.settle();
        world.leave = Leave::Awaited;
        assert_eq!(world.state("old"), RevisionState::Active);
        world.plane = three();
        world
    }

    pub(super) fn empty() -> Self {
        Self {
            policy: policy(),
            facts: Facts::default(),
            want: old(),
            plane: plane(&[], Vec::new()),
            ambient: Ambient::default(),
            proxies: BTreeMap::new(),
            answers: BTreeMap::new(),
            now: 1000,
            broken: BTreeSet::new(),
            found: BTreeMap::new(),
            failed: Vec::new(),
            left: Vec::new(),
            measured: None,
            closed: None,
            leave: Leave::Awaited,
            retry: None,
            running: Vec::new(),
            restarted: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        at(self.now)
    }

    fn readiness(&self) -> BTreeMap<String, Readiness> {
        let names = self.facts.records.iter().map(|record| &record.name);
        let state = |name: &String| {
            let there = self.running.contains(name) && !self.broken.contains(name);
            let mut readiness = Readiness::default();
            if !there {
                readiness.pilot.push(format!("istiod of {name}"));
            }
            (name.clone(), readiness)
        };
        names.chain([&self.want.record]).map(state).collect()
    }

    /// What the machine says now, with nothing done yet.
    pub(super) fn look(&self) -> Transition {
        let seen = Seen {
            readiness: self.readiness(),
            shares: self.found.clone(),
            plane: &self.plane,
            ambient: self.ambient.clone(),
            connected: self.answers.clone(),
            rollouts: Rollouts {
                failed: self.failed.clone(),
                left_to_owners: self.left.clone(),
                ..Rollouts::default()
            },
            closed: self.closed,
            measured: self.measured.clone(),
            leave: self.leave.clone(),
            retry: self.retry.as_deref(),
        };
        next(&self.want, &self.policy, &self.facts, &seen, self.now())
    }

    /// One turn: stored, applied, restarted.
    pub(super) fn turn(&mut self) -> Transition {
        if self.facts.record(&self.want.record).is_none() {
            let Want {
                record: name,
                version,
                istio_revision,
                ..
            } = &self.want;
            self.facts
                .records
                .push(record(name, version, istio_revision));
        }
        let said = self.look();
        self.store(&said);
        self.measured = None;
        if said.retried {
            self.retry = None;
        }
        self.running.clone_from(&said.running);
        self.webhooks(&said);
        self.restart(&said);
        self.answer(&said);
        said
    }

    pub(super) fn store(&mut self, said: &Transition) {
        for record in &mut self.facts.records {
            if let Some(standing) = said.standings.get(&record.name) {
                record.standing = standing.clone();
            }
        }
        self.facts.upgrade.clone_from(&said.upgrade);
    }

    fn webhooks(&mut self, said: &Transition) {
        let readiness = self.readiness();
        let mut next_found = BTreeMap::new();
        for serve in &said.serves {
            let of = |record: &str| {
                self.found
                    .get(&(serve.name.clone(), record.to_owned()))
                    .cloned()
                    .unwrap_or_else(Found::nothing)
            };
            let ready = readiness
                .get(&serve.to)
                .is_some_and(|readiness| readiness.pilot.is_empty());
            let from = serve.from.as_deref().map(of);
            let shares = shares(serve, ready, &of(&serve.to), from.as_ref());
            let sides = [
                (Some(&serve.to), shares.to),
                (serve.from.as_ref(), shares.from),
            ];
            for (record, share) in sides {
                if let (Some(record), Some(share)) = (record, share) {
                    let found = Found {
                        share,
                        callable: true,
                    };
                    next_found.insert((serve.name.clone(), record.clone()), found);
                }
            }
        }
        self.found = next_found;
    }

    /// So many proxies are connected to the first control plane, which says so when asked next.
    pub(super) fn connect(&mut self, count: u64) {
        self.proxies.insert("default".to_owned(), count);
        self.answers.clear();
    }

    fn answer(&mut self, said: &Transition) {
        for revision in &said.ask {
            let proxies = self.proxies.get(revision).copied().unwrap_or_default();
            let answer = Answer {
                connected: Connected::Proxies(proxies),
                at: self.now(),
            };
            self.answers.insert(revision.clone(), answer);
        }
    }

    /// Restarts one workload at a time.
    fn restart(&mut self, said: &Transition) {
        let Some(restarts) = &said.restarts else {
            return;
        };
        let concerned = self.plane.groups.iter().position(|group| {
            restarts.concerns(group) && !self.left.contains(&group.workload.to_string())
        });
        let Some(place) = concerned else { return };
        let namespace = self.plane.groups[place].workload.namespace.to_string();
        self.restarted.push(namespace.clone());
        let revision = self.injector_of(&namespace);
        let oldest = self.now();
        let group: &mut Group = &mut self.plane.groups[place];
        group.revision = revision.as_str().into();
        group.oldest = oldest;
    }

    /// Who injects pods of a namespace that follows the public name.
    pub(super) fn injector_of(&self, namespace: &str) -> String {
        let holders: Vec<&str> = self
            .found
            .iter()
            .filter(|((name, _), found)| {
                *name == self.policy.public && found.share.cover.contains(namespace)
            })
            .map(|((_, record), _)| self.revision(record))
            .collect();
        assert!(!holders.is_empty(), "{namespace} has no webhook");
        holders[0].to_owned()
    }

    fn revision(&self, record: &str) -> &str {
        &self.facts.record(record).unwrap().istio_revision
    }

    fn state_of_all(&self) -> (Facts, BTreeMap<(String, String), Found>, DataPlane, usize) {
        let answers = self.answers.len();
        (
            self.facts.clone(),
            self.found.clone(),
            self.plane.clone(),
            answers,
        )
    }

    /// Turns until nothing changes any more.
    pub(super) fn settle(&mut self) -> Transition {
        let mut last = self.turn();
        for _ in 0..60 {
            let before = self.state_of_all();
            last = self.turn();
            if before == self.state_of_all() {
                return last;
            }
        }
        panic!("it does not settle: {last:#?}");
    }

    /// Time passes, and it settles.
    pub(super) fn later(&mut self, seconds: i64) -> Transition {
        self.now += seconds;
        self.settle()
    }

    pub(super) fn state(&self, name: &str) -> RevisionState {
        self.facts.record(name).unwrap().standing.state
    }

    pub(super) fn phase(&self) -> Option<UpgradePhase> {
        self.facts.upgrade.as_ref().map(|upgrade| upgrade.phase)
    }

    pub(super) fn cover(&self, record: &str) -> Cover {
        let key = (self.policy.public.clone(), record.to_owned());
        self.found
            .get(&key)
            .map_or_else(Cover::none, |found| found.share.cover.clone())
    }

    pub(super) fn is_alone(&self, record: &str) -> bool {
        let key = (self.policy.public.clone(), record.to_owned());
        let others = self.found.keys().filter(|other| **other != key).count();
        others == 0 && self.found.get(&key).map(|found| &found.share) == Some(&Share::whole())
    }

    /// How many workloads run with proxies of a revision.
    pub(super) fn pods_of(&self, revision: &str) -> usize {
        let groups = self.plane.groups.iter();
        groups.filter(|group| *group.revision == *revision).count()
    }
}

pub(super) fn stalled(said: &Transition) -> &str {
    match &said.said {
        Said::Stalled(_, message) => message,
        other @ (Said::Nothing | Said::Working(..)) => panic!("not stalled: {other:?}"),
    }
}
