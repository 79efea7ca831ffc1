//! The objects that are analysed together: what a cluster has, with files laid over it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use mainsheet_crds::meta::{DEFAULT_NAMESPACE, DEFAULT_REVISION, LABEL_ISTIO_REV};
use serde_json::Value;

use crate::kind::{Kind, Objects};
use crate::place::Place;
use crate::resource::Resource;
use crate::source::Written;

type Key = (Kind, String, String);

/// Collects the objects.
#[derive(Debug)]
pub struct Builder {
    namespace: String,
    istio_namespace: String,
    revision: Option<String>,
    found: BTreeMap<Key, (Arc<Resource>, Value)>,
    unseen: BTreeSet<Kind>,
    mesh_config: Option<Value>,
    is_live: bool,
}

/// The objects that are analysed together.
#[derive(Debug)]
pub struct Snapshot {
    /// Those that read well, by kind.
    pub(crate) objects: Objects,
    /// Those of Istio's kinds as they were written.
    pub(crate) written: Vec<(Arc<Resource>, Value)>,
    /// Those that cannot be read in their types, and why.
    pub(crate) unreadable: Vec<(Arc<Resource>, String)>,
    /// Which objects there are.
    pub(crate) names: HashMap<(Kind, String, String), Arc<Resource>>,
    /// Kinds that could not be looked at.
    pub(crate) unseen: BTreeSet<Kind>,
    pub(crate) istio_namespace: String,
    pub(crate) revision: String,
    /// The mesh's configuration, where it was given in place of the cluster's.
    pub(crate) mesh_config: Option<Value>,
    /// Whether a cluster was asked, so that what is not here is not there.
    pub(crate) is_live: bool,
}

// === impl Builder ===

impl Builder {
    /// Begins with nothing. Objects without a namespace are taken to be in `namespace`.
    pub fn new(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            istio_namespace: DEFAULT_NAMESPACE.to_owned(),
            revision: None,
            found: BTreeMap::new(),
            unseen: BTreeSet::new(),
            mesh_config: None,
            is_live: false,
        }
    }

    /// Where the control plane is, if not in `istio-system`.
    #[must_use]
    pub fn istio_namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.istio_namespace);
        self
    }

    /// Looks only at what this revision reads.
    #[must_use]
    pub fn revision(mut self, revision: Option<&str>) -> Self {
        self.revision = revision.map(str::to_owned);
        self
    }

    /// Takes this for the mesh's configuration, whatever the control plane's ConfigMap says.
    #[must_use]
    pub fn mesh_config(mut self, config: Option<Value>) -> Self {
        self.mesh_config = config;
        self
    }

    /// Adds an object of the cluster.
    pub fn live(&mut self, value: Value) {
        self.is_live = true;
        self.add(value, None);
    }

    /// Says that a kind could not be looked at, so that nobody takes its objects for missing.
    pub fn unseen(&mut self, kind: Kind) {
        self.is_live = true;
        self.unseen.insert(kind);
    }

    /// Lays an object of a file over what is there. Gives whether its kind is one that is analysed.
    pub fn file(&mut self, written: Written) -> bool {
        self.add(written.value, Some(written.place))
    }

    fn add(&mut self, value: Value, place: Option<Place>) -> bool {
        let Some(about) = Resource::of(&value, &self.namespace, place) else {
            return false;
        };
        let of_another = about.kind.is_istio()
            && self.revision.as_ref().is_some_and(|revision| {
                let label = about.labels.get(LABEL_ISTIO_REV);
                label.is_some_and(|label| label != revision)
            });
        if !of_another {
            let key = (about.kind, about.namespace.clone(), about.name.clone());
            self.found.insert(key, (Arc::new(about), value));
        }
        true
    }

    /// The secrets that gateways name, as namespace and name: those of the pods that are selected.
    /// With them, nothing else of any secret need be asked for.
    pub fn credentials(&self) -> BTreeSet<(String, String)> {
        crate::analyzers::credentials(&self.read())
    }

    /// The objects.
    pub fn build(self) -> Snapshot {
        self.read()
    }

    fn read(&self) -> Snapshot {
        let mut snapshot = Snapshot {
            objects: Objects::default(),
            written: Vec::new(),
            unreadable: Vec::new(),
            names: HashMap::new(),
            unseen: self.unseen.clone(),
            istio_namespace: self.istio_namespace.clone(),
            revision: self
                .revision
                .clone()
                .unwrap_or_else(|| DEFAULT_REVISION.to_owned()),
            mesh_config: self.mesh_config.clone(),
            is_live: self.is_live,
        };
        for (key, (about, value)) in &self.found {
            if let Err(error) = snapshot.objects.read(about, value) {
                snapshot
                    .unreadable
                    .push((Arc::clone(about), error.to_string()));
            }
            if about.kind.is_istio() {
                snapshot.written.push((Arc::clone(about), value.clone()));
            }
            snapshot.names.insert(key.clone(), Arc::clone(about));
        }
        snapshot
    }
}

// === impl Snapshot ===

impl Snapshot {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is nothing to analyse.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a namespace is there, or something in it is, or nobody could look.
    pub fn knows_namespace(&self, name: &str) -> bool {
        self.unseen.contains(&Kind::Namespace)
            || self.find(Kind::Namespace, "", name).is_some()
            || self.names.values().any(|about| about.namespace == name)
    }

    /// The head of an object, if it is there.
    pub(crate) fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Resource>> {
        self.names
            .get(&(kind, namespace.to_owned(), name.to_owned()))
    }
}
