//! What rendering gives: objects with their identity, component and wave.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Kind, Scope};

/// Which object: kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// Kind, one of the closed set.
    pub kind: Kind,
    /// Namespace; none for a cluster-scoped kind.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

/// When an object is applied: each wave must be ready before the next one is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Wave {
    /// Istio's `CustomResourceDefinition`s.
    Crds,
    /// Namespaces that are not there yet.
    Namespaces,
    /// Service accounts and what they may do.
    Identities,
    /// Configuration that workloads read at their start.
    Configuration,
    /// What gives the accounts their roles. The API server lets nobody bind a role that it does
    /// not know yet, and it learns of new ones a moment late: so these do not come right after.
    Bindings,
    /// istiod and what belongs to it.
    ControlPlane,
    /// Injection and validation webhooks, which call istiod.
    Webhooks,
    /// istio-cni and ztunnel.
    NodeAgents,
    /// Gateways, whose proxies connect to istiod.
    Gateways,
    /// Observability tools.
    Addons,
}

/// One wanted object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which object.
    pub id: ObjectId,
    /// Component, as in the label `mainsheet.dev/component`.
    pub component: String,
    /// When it is applied.
    pub wave: Wave,
    /// What is sent to the API server.
    pub body: Body,
}

/// What is sent to the API server for one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Rendered from templates.
    Rendered(Value),
    /// Bundled as text. CRDs are a megabyte, so they are never parsed on the way.
    Bundled(&'static Bundled),
}

/// An object bundled as text.
#[derive(Debug, PartialEq, Eq)]
pub struct Bundled {
    /// `metadata.name`.
    pub name: &'static str,
    /// The object as one YAML document without labels; see [`Bundled::labelled`].
    pub yaml: &'static str,
    /// Digest of its `spec`, to compare with a live object's.
    pub digest: &'static str,
}

/// Everything that one resolved mesh consists of, ordered by wave, kind, namespace and name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    objects: Vec<Object>,
}

// === impl ObjectId ===

impl ObjectId {
    /// The identity of a namespaced or cluster-scoped object; the namespace of a cluster-scoped
    /// kind is dropped.
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        let namespace = match kind.scope() {
            Scope::Cluster => None,
            Scope::Namespaced => namespace.map(str::to_owned),
        };
        Self {
            kind,
            namespace,
            name: name.to_owned(),
        }
    }
}

impl std::fmt::Display for ObjectId {
    /// `Deployment istio-system/istiod`, `ClusterRole istiod-clusterrole-istio-system`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

// === impl Wave ===

impl Wave {
    /// Every wave, in order.
    pub const ALL: [Self; 10] = [
        Self::Crds,
        Self::Namespaces,
        Self::Identities,
        Self::Configuration,
        Self::Bindings,
        Self::ControlPlane,
        Self::Webhooks,
        Self::NodeAgents,
        Self::Gateways,
        Self::Addons,
    ];
}

// === impl Manifests ===

impl Manifests {
    /// Puts objects into the fixed order. Two objects of one identity are the renderer's mistake:
    /// the later one wins, as it would at the API server.
    pub fn new(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut by_order = std::collections::BTreeMap::new();
        for object in objects {
            by_order.insert((object.wave, object.id.clone()), object);
        }
        Self {
            objects: by_order.into_values().collect(),
        }
    }

    /// The objects in order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The object of this identity, if it is wanted.
    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == *id)
    }
}
