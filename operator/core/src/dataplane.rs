//! What the data plane looks like: namespaces with their labels, and the live injected pods,
//! counted by workload and control plane. Made by the operator's watches; read by upgrades, by
//! removal and by the status.

//!
//! Names are shared, not copied: one text serves every group of a namespace, a revision or a workload,
//! in the watch as well as in what is made from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// The data plane of one cluster. Pods that have succeeded or failed do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataPlane {
    /// Whether everything has been listed. While it is not, nothing may be taken for unused.
    pub complete: bool,
    /// Labels of every namespace, by name.
    pub namespaces: Arc<BTreeMap<String, BTreeMap<String, String>>>,
    /// Injected pods, in the order of their workloads.
    pub groups: Vec<Group>,
}

/// The live pods of one workload that were injected by one control plane.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Whose pods they are.
    pub workload: Workload,
    /// Istio revision that injected them, by their own annotations.
    pub revision: Arc<str>,
    /// How many.
    pub pods: u32,
    /// When the oldest of them was made.
    pub oldest: Timestamp,
}

/// What makes pods, as far as it can be told from them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workload {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: Arc<str>,
}

/// Kinds of workloads, by how they are restarted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
    /// Anything else (`Job`, `ReplicaSet`, `Rollout`, `Pod` for a bare one): its owner restarts it.
    Other(Arc<str>),
}

// === impl WorkloadKind ===

impl WorkloadKind {
    /// Whether a changed pod template restarts it.
    pub fn is_restartable(&self) -> bool {
        match self {
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => true,
            Self::Other(_) => false,
        }
    }

    /// The kind's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Other(kind) => kind,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, namespace, name) = (self.kind.as_str(), &self.namespace, &self.name);
        write!(f, "{kind} {namespace}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_does_not_restart_is_left_to_its_owner() {
        assert!(WorkloadKind::StatefulSet.is_restartable());
        assert!(!WorkloadKind::Other("Job".into()).is_restartable());
    }
}
