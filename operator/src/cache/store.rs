//! The observed objects of all kinds.

use std::collections::BTreeSet;
use std::sync::MutexGuard;

use crate::shared::Shared;
use mainsheet_core::live::Live;
use mainsheet_core::plan::Inventory;
use mainsheet_manifests::{Kind, ObjectId};

/// The observed objects, and which kinds have been seen whole at least once.
#[derive(Debug, Default)]
pub struct Store {
    state: Shared<State>,
}

#[derive(Debug, Default)]
struct State {
    objects: Inventory,
    synced: BTreeSet<Kind>,
}

impl Store {
    /// Looks at the objects. The look must not wait for anything: it holds the lock.
    pub fn with<T>(&self, look: impl FnOnce(&Inventory) -> T) -> T {
        look(&self.lock().objects)
    }

    /// Whether every object of these kinds is known.
    pub fn is_synced(&self, kinds: impl IntoIterator<Item = Kind>) -> bool {
        let state = self.lock();
        kinds.into_iter().all(|kind| state.synced.contains(&kind))
    }

    /// Takes in one object, unless what is known is newer. Says whether anything that a reconcile
    /// reads has changed.
    pub(crate) fn put(&self, live: Live) -> bool {
        let mut state = self.lock();
        if let Some(known) = state.objects.get(&live.id)
            && known.uid == live.uid
            && is_older(&live.resource_version, &known.resource_version)
        {
            return false;
        }
        let id = live.id.clone();
        let changed = !state
            .objects
            .get(&id)
            .is_some_and(|known| same(known, &live));
        state.objects.insert(id, live);
        changed
    }

    /// Takes in what a write was answered with, unless the watch has brought it already: of a CRD the
    /// answer has the metadata alone.
    pub(crate) fn answered(&self, live: Live) {
        let is_known = self.with(|objects| {
            objects.get(&live.id).is_some_and(|known| {
                known.uid == live.uid && !is_older(&known.resource_version, &live.resource_version)
            })
        });
        if !is_known {
            self.put(live);
        }
    }

    /// Forgets one object. Says whether it was known.
    pub(crate) fn remove(&self, id: &ObjectId, uid: &str) -> bool {
        let mut state = self.lock();
        if state.objects.get(id).is_some_and(|known| known.uid == uid) {
            state.objects.remove(id);
            return true;
        }
        false
    }

    /// A kind has been listed whole: what the list does not have is gone.
    pub(crate) fn finish(&self, kind: Kind, listed: &BTreeSet<ObjectId>) {
        let mut state = self.lock();
        state
            .objects
            .retain(|id, _| id.kind != kind || listed.contains(id));
        state.synced.insert(kind);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Resource versions are compared as numbers, which Kubernetes guarantees for its own storage; what
/// is no number is taken for newer.
fn is_older(one: &str, other: &str) -> bool {
    matches!((one.parse::<u64>(), other.parse::<u64>()), (Ok(one), Ok(other)) if one < other)
}

fn same(one: &Live, other: &Live) -> bool {
    let Live {
        id: _,
        resource_version: _,
        // Who owns what is looked at only together with what has changed.
        owners: _,
        uid,
        labels,
        applied,
        ours,
        deleting,
        health,
        body,
        shape,
    } = one;
    *uid == other.uid
        && *labels == other.labels
        && *applied == other.applied
        && *ours == other.ours
        && *deleting == other.deleting
        && *health == other.health
        && *body == other.body
        && *shape == other.shape
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(name: &str, version: &str, value: &str) -> Live {
        let object = json!({
            "metadata": {"name": name, "namespace": "mesh", "uid": "u", "resourceVersion": version},
            "data": {"key": value},
        });
        Live::from_value(Kind::ConfigMap, object).unwrap()
    }

    #[test]
    fn a_stale_object_does_not_replace_a_newer_one() {
        let store = Store::default();
        assert!(store.put(config("c", "20", "new")));
        assert!(!store.put(config("c", "9", "old")));
        store.with(|objects| assert_eq!(objects.values().next().unwrap().resource_version, "20"));
    }

    #[test]
    fn an_answer_does_not_replace_what_the_watch_has_brought() {
        let store = Store::default();
        store.put(config("c", "2", "whole"));
        store.answered(config("c", "2", "part"));
        let seen = |store: &Store| store.with(|objects| objects.values().next().cloned());
        assert_eq!(seen(&store), Some(config("c", "2", "whole")));
        store.answered(config("c", "3", "next"));
        assert_eq!(seen(&store), Some(config("c", "3", "next")));
    }

    #[test]
    fn a_change_that_nobody_reads_is_no_change() {
        let store = Store::default();
        store.put(config("c", "1", "x"));
        assert!(!store.put(config("c", "2", "x")));
        assert!(store.put(config("c", "3", "y")));
    }

    #[test]
    fn a_list_takes_away_what_it_does_not_have() {
        let store = Store::default();
        store.put(config("gone", "1", "x"));
        store.put(config("there", "1", "x"));
        assert!(!store.is_synced([Kind::ConfigMap]));
        store.finish(
            Kind::ConfigMap,
            &BTreeSet::from([config("there", "1", "x").id]),
        );
        assert!(store.is_synced([Kind::ConfigMap]));
        store.with(|objects| assert_eq!(objects.len(), 1));
    }

    #[test]
    fn a_deletion_of_an_earlier_object_of_the_name_is_ignored() {
        let store = Store::default();
        store.put(config("c", "1", "x"));
        assert!(!store.remove(&config("c", "1", "x").id, "another uid"));
        assert!(store.remove(&config("c", "1", "x").id, "u"));
    }
}
