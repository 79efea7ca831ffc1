//! The records of an installation, as they are stored: read from the watch, and from what was
//! written a moment ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::ResourceExt;
use mainsheet_core::record::Record;
use mainsheet_core::upgrade::{Facts, Standing, is_pilot};
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::{MeshInstallationStatus, UpgradeStatus};
use mainsheet_crds::meta::{LABEL_COMPONENT, LABEL_REVISION};
use mainsheet_crds::{MeshInstallation, MeshRevision};
use mainsheet_manifests::Kind;

use super::{Context, publish};
use crate::shared::Shared;

/// Records that were written and that the watch may not have brought yet, by name.
#[derive(Debug, Default)]
pub(super) struct Written(Shared<BTreeMap<String, MeshRevision>>);

impl Written {
    /// Keeps a record as the API server has answered it.
    pub(super) fn keep(&self, mut revision: MeshRevision) {
        revision.spec.resolved.clear();
        self.0.lock().insert(revision.name_any(), revision);
    }

    /// Forgets a record that was deleted.
    pub(super) fn forget(&self, name: &str) {
        self.0.lock().remove(name);
    }

    /// The records of an installation, each as it is known last.
    fn over(&self, installation: &str, watched: Vec<Arc<MeshRevision>>) -> Vec<Arc<MeshRevision>> {
        let mut written = self.0.lock();
        let version = |revision: &MeshRevision| {
            let text = revision.resource_version().unwrap_or_default();
            text.parse::<u64>().unwrap_or_default()
        };
        for revision in &watched {
            let name = revision.name_any();
            if written
                .get(&name)
                .is_some_and(|own| version(own) <= version(revision))
            {
                written.remove(&name);
            }
        }
        let mut all: BTreeMap<String, Arc<MeshRevision>> = watched
            .into_iter()
            .map(|revision| (revision.name_any(), revision))
            .collect();
        for (name, own) in written.iter() {
            if own.spec.installation == installation {
                all.insert(name.clone(), Arc::new(own.clone()));
            }
        }
        all.into_values().collect()
    }
}

/// What is stored of an installation's changes, and what of it counts: states that were lost are made
/// good from what runs.
pub(super) fn facts(
    installation: &MeshInstallation,
    context: &Context,
) -> (BTreeMap<String, Standing>, Facts) {
    let name = installation.name_any();
    let mut watched = context.revisions.state();
    watched.retain(|revision| revision.spec.installation == name);
    let known = context.written.over(&name, watched);
    let facts = Facts {
        records: known.iter().map(|revision| record(revision)).collect(),
        upgrade: upgrade(publish::last(installation, context)),
    };
    let stored = facts.standings();
    (stored, facts.mended(&control_planes(&name, context)))
}

/// How far the change under way has come. Time that went by while nothing was to be done does not
/// count: no deadline passes and no soak ends by it.
fn upgrade(status: MeshInstallationStatus) -> Option<UpgradeStatus> {
    let suspended = status
        .conditions
        .iter()
        .any(|condition| condition.reason == reasons::SUSPENDED);
    let mut upgrade = status.upgrade?;
    if suspended {
        upgrade.phase_since = None;
    }
    Some(upgrade)
}

/// The Istio revisions whose control planes are there.
fn control_planes(installation: &str, context: &Context) -> BTreeSet<String> {
    context.caches.store().with(|live| {
        let deployments = live.values().filter(|found| {
            found.ours
                && found.id.kind == Kind::Deployment
                && found.installation() == Some(installation)
                && found
                    .labels
                    .get(LABEL_COMPONENT)
                    .is_some_and(|component| is_pilot(component))
        });
        deployments
            .filter_map(|found| found.labels.get(LABEL_REVISION).cloned())
            .collect()
    })
}

/// A record as it is stored.
fn record(revision: &MeshRevision) -> Record {
    let status = revision.status.clone().unwrap_or_default();
    Record {
        name: revision.name_any(),
        version: revision.spec.version.clone(),
        istio_revision: revision.spec.istio_revision.clone(),
        wish: revision
            .spec
            .wish
            .clone()
            .unwrap_or_else(|| revision.spec.hash.clone()),
        standing: Standing {
            state: status.state.unwrap_or_default(),
            since: status.since.map(|time| time.0),
            unused_since: status.unused_since.map(|time| time.0),
            failure: status.failure,
        },
        created: revision
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0)
            .unwrap_or_default(),
    }
}

/// The names of an installation's records.
pub(super) fn names(installation: &str, context: &Context) -> Vec<String> {
    let mut watched = context.revisions.state();
    watched.retain(|revision| revision.spec.installation == installation);
    let known = context.written.over(installation, watched);
    known.iter().map(|revision| revision.name_any()).collect()
}
