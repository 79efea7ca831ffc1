//! What [`next`](super::next) answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mainsheet_crds::installation::UpgradeStatus;
use mainsheet_manifests::Cover;

use super::facts::Standing;
use crate::dataplane::Group;

/// What is wanted: one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Its name. It need not be stored yet.
    pub record: String,
    /// Istio version.
    pub version: String,
    /// Istio revision of its control plane.
    pub istio_revision: String,
    /// Whether the user goes back to it by name, so that no version edge is in the way.
    pub pinned: bool,
}

/// What is to be, and what is to be stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transition {
    /// The record whose shared parts (CRDs, node agents, addons) are there.
    pub shared: String,
    /// The record whose gateways are there.
    pub gateways: String,
    /// The records whose control planes are there, the one of `shared` first.
    pub running: Vec<String>,
    /// Who serves each name that is not a control plane's own.
    pub serves: Vec<Serve>,
    /// What is stored with each record.
    pub standings: BTreeMap<String, Standing>,
    /// What still uses each record that is to go.
    pub used_by: BTreeMap<String, Vec<String>>,
    /// How far the change has come.
    pub upgrade: Option<UpgradeStatus>,
    /// What the status says beside how far the objects are.
    pub said: Said,
    /// Workloads that may restart now.
    pub restarts: Option<Restarts>,
    /// Whether something is to be measured now.
    pub measure: bool,
    /// Istio revisions whose control planes are to be asked for their proxies now.
    pub ask: BTreeSet<String>,
    /// When to look again, if nothing happens before.
    pub wake: Option<Timestamp>,
    /// Whether the wish to try again was heard.
    pub retried: bool,
    /// Whether a change waits for approval.
    pub gated: bool,
}

/// Who serves a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// The name that namespaces and pods carry.
    pub name: String,
    /// The record that takes namespaces over.
    pub to: String,
    /// The record that lets them go, while there is one.
    pub from: Option<String>,
    /// The namespaces that `to` is to have in the end; `from` has the others.
    pub wanted: Cover,
    /// Whether both keep their webhooks even for no namespace: it goes on, or may go back.
    pub parked: bool,
    /// Whether the name must be served even by a control plane that is not ready: pods of a mesh's
    /// own name must not come up without a sidecar.
    pub at_once: bool,
}

/// What the status says of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// Nothing: how far the objects are says it all.
    #[default]
    Nothing,
    /// It goes on by itself: reason and message.
    Working(&'static str, String),
    /// A person must act: reason and message.
    Stalled(&'static str, String),
}

/// Workloads that may restart now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarts {
    /// Their namespaces.
    pub namespaces: BTreeSet<String>,
    /// Istio revisions of this mesh's proxies.
    pub revisions: BTreeSet<String>,
    /// Istio revision that injects them once they have restarted.
    pub target: String,
    /// Pods made before this are outdated even when they are of `target`.
    pub since: Option<Timestamp>,
    /// When the change began that they restart for.
    pub began: Timestamp,
    /// How many may roll out at a time.
    pub parallel: u32,
}

// === impl Restarts ===

impl Restarts {
    /// Whether the pods of a group are to be replaced.
    pub fn concerns(&self, group: &Group) -> bool {
        let outdated =
            *group.revision != *self.target || self.since.is_some_and(|since| group.oldest < since);
        outdated
            && self.revisions.contains(&*group.revision)
            && self.namespaces.contains(&*group.workload.namespace)
    }
}
