//! What is seen of the cluster, as far as the state machine asks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mainsheet_manifests::{Cover, Found, ObjectId};
use mainsheet_profiles::ComponentKind;

use crate::ambient::Ambient;
use crate::analysis::Judgement;
use crate::connected::Answer;
use crate::dataplane::DataPlane;
use crate::desired::{Desired, Wanted};
use crate::plan::{Inventory, is_shared};
use crate::upgrade::compose::{is_injector, is_pilot};

/// What is seen.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// What each record that runs, or is to, still waits for.
    pub readiness: BTreeMap<String, Readiness>,
    /// Which namespaces each control plane takes: by name asked for and record.
    pub shares: BTreeMap<(String, String), Found>,
    /// Namespaces and pods.
    pub plane: &'a DataPlane,
    /// Who is served by ztunnels.
    pub ambient: Ambient,
    /// What retiring control planes have said of their proxies, by Istio revision.
    pub connected: BTreeMap<String, Answer>,
    /// What came of restarts.
    pub rollouts: Rollouts,
    /// Until when no workload may be restarted; none when one may be.
    pub closed: Option<Closed>,
    /// A measurement that was not seen before.
    pub measured: Option<Judgement>,
    /// Whether a change may begin.
    pub leave: Leave,
    /// The record that the user asks to be tried again.
    pub retry: Option<&'a str>,
}

/// Whether a change may begin; what has begun is not asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    #[default]
    Given,
    /// Its plan waits for approval, where the policy wants that.
    Awaited,
    /// The checks before it have found what forbids it, in words.
    Refused(String),
}

/// What a record waits for, by part; all empty when it is applied to the letter and ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Its control plane.
    pub pilot: Vec<String>,
    /// Its gateways.
    pub gateways: Vec<String>,
    /// Everything else.
    pub others: Vec<String>,
}

/// Windows are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// When the next one opens.
    pub opens: Option<Timestamp>,
}

/// What came of the restarts that were ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollouts {
    /// Workloads that are rolling out.
    pub in_flight: Vec<String>,
    /// Workloads whose rollout has failed, with the reason.
    pub failed: Vec<String>,
    /// Workloads that only their owners can restart.
    pub left_to_owners: Vec<String>,
    /// Workloads that a `PodDisruptionBudget` holds.
    pub held: Vec<String>,
}

// === impl Readiness ===

impl Readiness {
    /// Looks at the objects of a record. Its injection webhooks are left aside: which namespaces they
    /// take changes while the record stays. `foreign` objects serve as they are.
    pub fn of(desired: &Desired, live: &Inventory, foreign: &BTreeSet<ObjectId>) -> Self {
        let mut readiness = Self::default();
        let wanted = desired.objects().iter();
        for wanted in wanted.filter(|wanted| !is_injector(wanted) && !foreign.contains(&wanted.id))
        {
            let Some(why) = waiting(wanted, live) else {
                continue;
            };
            if is_pilot(&wanted.component) {
                readiness.pilot.push(why);
            } else if is_gateway(&wanted.component) {
                readiness.gateways.push(why);
            } else {
                readiness.others.push(why);
            }
        }
        readiness
    }

    /// Everything that is waited for.
    pub fn all(&self) -> Vec<String> {
        [&self.others, &self.pilot, &self.gateways]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Whether nothing is waited for.
    pub fn is_whole(&self) -> bool {
        self.pilot.is_empty() && self.gateways.is_empty() && self.others.is_empty()
    }
}

fn is_gateway(component: &str) -> bool {
    [ComponentKind::Ingress, ComponentKind::Egress]
        .iter()
        .any(|kind| {
            component
                .strip_prefix(kind.as_str())
                .is_some_and(|rest| rest.starts_with('-'))
        })
}

fn waiting(wanted: &Wanted, live: &Inventory) -> Option<String> {
    let id = &wanted.id;
    let Some(found) = live.get(id) else {
        return Some(format!("{id} to be there"));
    };
    // What meshes share may have been applied by another of them.
    let as_wanted = found.applied.as_deref() == Some(wanted.digest.as_str());
    if !as_wanted && !is_shared(wanted) {
        return Some(format!("{id} to be applied"));
    }
    found
        .health
        .waiting
        .as_ref()
        .map(|why| format!("{id}: {why}"))
}

// === impl Seen ===

impl Seen<'_> {
    /// What a record waits for. One that nobody has looked at waits to be looked at.
    pub(super) fn readiness(&self, record: &str) -> Readiness {
        self.readiness
            .get(record)
            .cloned()
            .unwrap_or_else(|| Readiness {
                others: vec![format!("MeshRevision {record} to be rendered")],
                ..Readiness::default()
            })
    }

    /// The namespaces that a record takes for a name.
    pub(super) fn cover(&self, name: &str, record: &str) -> Cover {
        let key = (name.to_owned(), record.to_owned());
        let found = self.shares.get(&key);
        found.map_or_else(Cover::none, |found| found.share.cover.clone())
    }

    fn is_callable(&self, name: &str, record: &str) -> bool {
        let key = (name.to_owned(), record.to_owned());
        self.shares.get(&key).is_some_and(|found| found.callable)
    }

    /// The namespaces that one record has taken over from another for every one of these names.
    pub(super) fn handed<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        to: &str,
        from: &str,
    ) -> Cover {
        names.fold(Cover::all(), |all, name| {
            if !self.is_callable(name, to) {
                return Cover::none();
            }
            let given = self.cover(name, from).complement();
            all.and(&self.cover(name, to)).and(&given)
        })
    }
}
