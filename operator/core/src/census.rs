//! The injected pods of a cluster, counted: pods go in one by one as a watch brings them, groups by
//! workload and revision come out. Of a pod are kept its UID, its group and its age, less than 40
//! bytes; what else is known of it is known of its group.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;

use crate::dataplane::{Group, Workload};

/// One injected pod, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its UID.
    pub uid: Uid,
    /// What made it.
    pub workload: Workload,
    /// Istio revision that injected it.
    pub revision: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
}

/// The UID of a pod in 16 bytes: UUIDs as they are, anything else by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uid([u8; 16]);

/// Every injected pod that is known.
#[derive(Debug, Default)]
pub struct Census {
    pods: HashMap<Uid, Entry>,
    /// Groups by what they are of. An empty group is kept out, and its place given to the next.
    places: HashMap<Arc<Key>, u32>,
    tallies: Vec<Option<Tally>>,
    free: Vec<u32>,
    /// Counts the lists, so that what an earlier one brought can be told from what this one does.
    list: u8,
}

/// What is kept of a pod.
#[derive(Clone, Copy, Debug)]
struct Entry {
    place: u32,
    /// Seconds since 1970: enough until 2106.
    created: u32,
    list: u8,
}

type Key = (Workload, Arc<str>);

#[derive(Debug)]
struct Tally {
    key: Arc<Key>,
    pods: u32,
    oldest: u32,
    /// Whether the oldest pod has gone, so that the next one must be looked for.
    aged: bool,
}

// === impl Uid ===

impl Uid {
    /// Takes a UID as the API server writes it.
    pub fn new(text: &str) -> Self {
        Self(uuid(text).unwrap_or_else(|| hashed(text)))
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut digits = text.bytes().filter(|byte| *byte != b'-');
    let mut digit = || char::from(digits.next()?).to_digit(16);
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(digit()? * 16 + digit()?).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

fn hashed(text: &str) -> [u8; 16] {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        hasher.finish()
    };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half(0).to_ne_bytes());
    bytes[8..].copy_from_slice(&half(1).to_ne_bytes());
    bytes
}

// === impl Census ===

impl Census {
    /// Takes in a pod that is there. Says whether any group has changed by it.
    pub fn put(&mut self, pod: Pod) -> bool {
        let created = seconds(pod.created);
        let place = self.place((pod.workload, pod.revision));
        let entry = Entry {
            place,
            created,
            list: self.list,
        };
        match self.pods.insert(pod.uid, entry) {
            Some(before) if before.place == place && before.created == created => false,
            before => {
                self.enter(place, created);
                if let Some(before) = before {
                    self.leave(before);
                }
                true
            }
        }
    }

    /// Forgets a pod that is gone, or is no longer injected. Says whether it was known.
    pub fn remove(&mut self, uid: Uid) -> bool {
        let known = self.pods.remove(&uid);
        if let Some(entry) = known {
            self.leave(entry);
        }
        known.is_some()
    }

    /// A list of all pods begins.
    pub fn begin(&mut self) {
        self.list = self.list.wrapping_add(1);
    }

    /// The list is whole: what it did not bring is gone. Says whether any group has changed by it.
    pub fn finish(&mut self) -> bool {
        let list = self.list;
        let gone: Vec<Uid> = self
            .pods
            .iter()
            .filter(|(_, entry)| entry.list != list)
            .map(|(uid, _)| *uid)
            .collect();
        for uid in &gone {
            self.remove(*uid);
        }
        !gone.is_empty()
    }

    /// How many pods are known.
    pub fn pods(&self) -> usize {
        self.pods.len()
    }

    /// The groups, in the order of their workloads.
    pub fn groups(&mut self) -> Vec<Group> {
        self.find_oldest();
        let tallies = self.tallies.iter().flatten();
        let mut groups: Vec<Group> = tallies
            .map(|tally| Group {
                workload: tally.key.0.clone(),
                revision: Arc::clone(&tally.key.1),
                pods: tally.pods,
                oldest: Timestamp::from_second(i64::from(tally.oldest)).unwrap_or(Timestamp::MIN),
            })
            .collect();
        groups.sort_unstable();
        groups
    }

    fn place(&mut self, key: Key) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let key = Arc::new(key);
        let tally = Some(Tally {
            key: Arc::clone(&key),
            pods: 0,
            oldest: u32::MAX,
            aged: false,
        });
        let place = if let Some(place) = self.free.pop() {
            self.tallies[place as usize] = tally;
            place
        } else {
            self.tallies.push(tally);
            u32::try_from(self.tallies.len() - 1).unwrap_or(u32::MAX)
        };
        self.places.insert(key, place);
        place
    }

    fn enter(&mut self, place: u32, created: u32) {
        if let Some(tally) = &mut self.tallies[place as usize] {
            tally.pods += 1;
            tally.oldest = tally.oldest.min(created);
        }
    }

    fn leave(&mut self, entry: Entry) {
        let slot = &mut self.tallies[entry.place as usize];
        let Some(tally) = slot else { return };
        tally.pods -= 1;
        tally.aged |= tally.oldest == entry.created;
        if tally.pods == 0 {
            self.places.remove(&tally.key);
            *slot = None;
            self.free.push(entry.place);
        }
    }

    /// One look at all pods, and only where a group has lost its oldest.
    fn find_oldest(&mut self) {
        let aged = |tally: &&mut Tally| tally.aged;
        let mut any = false;
        for tally in self.tallies.iter_mut().flatten().filter(aged) {
            tally.oldest = u32::MAX;
            any = true;
        }
        if !any {
            return;
        }
        for entry in self.pods.values() {
            if let Some(tally) = &mut self.tallies[entry.place as usize]
                && tally.aged
            {
                tally.oldest = tally.oldest.min(entry.created);
            }
        }
        for tally in self.tallies.iter_mut().flatten() {
            tally.aged = false;
        }
    }
}

fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::dataplane::WorkloadKind;

    fn pod(uid: u8, workload: &str, revision: &str, second: i64) -> Pod {
        Pod {
            uid: Uid::new(&format!("5b1c3e0e-0000-4000-8000-0000000000{uid:02x}")),
            workload: Workload {
                namespace: "sea".into(),
                kind: WorkloadKind::Deployment,
                name: workload.into(),
            },
            revision: revision.into(),
            created: Timestamp::from_second(second).unwrap(),
        }
    }

    fn counted(census: &mut Census) -> Vec<(String, String, u32, i64)> {
        let groups = census.groups().into_iter().map(|group| {
            let oldest = group.oldest.as_second();
            let (name, revision) = (group.workload.name.to_string(), group.revision.to_string());
            (name, revision, group.pods, oldest)
        });
        groups.collect()
    }

    fn said(name: &str, revision: &str, pods: u32, oldest: i64) -> (String, String, u32, i64) {
        (name.to_owned(), revision.to_owned(), pods, oldest)
    }

    #[test]
    fn pods_are_counted_by_workload_and_revision() {
        let mut census = Census::default();
        for pod in [
            pod(1, "boat", "old", 30),
            pod(2, "boat", "old", 20),
            pod(3, "boat", "new", 40),
            pod(4, "anchor", "old", 10),
        ] {
            assert!(census.put(pod));
        }
        assert_eq!(
            counted(&mut census),
            [
                said("anchor", "old", 1, 10),
                said("boat", "new", 1, 40),
                said("boat", "old", 2, 20)
            ]
        );
    }

    #[test]
    fn a_pod_that_comes_again_as_it_was_changes_nothing() {
        let mut census = Census::default();
        assert!(census.put(pod(1, "boat", "old", 30)));
        assert!(!census.put(pod(1, "boat", "old", 30)));
        assert!(census.put(pod(1, "boat", "new", 30)));
        assert_eq!(counted(&mut census), [said("boat", "new", 1, 30)]);
    }

    #[test]
    fn when_the_oldest_goes_the_next_one_is_found() {
        let mut census = Census::default();
        for (uid, second) in [(1, 10), (2, 20), (3, 30)] {
            census.put(pod(uid, "boat", "old", second));
        }
        assert!(census.remove(pod(1, "boat", "old", 10).uid));
        assert_eq!(counted(&mut census), [said("boat", "old", 2, 20)]);
    }

    #[test]
    fn a_list_takes_away_what_it_does_not_bring() {
        let mut census = Census::default();
        census.begin();
        census.put(pod(1, "gone", "old", 10));
        census.put(pod(2, "there", "old", 10));
        assert!(!census.finish());
        census.begin();
        census.put(pod(2, "there", "old", 10));
        assert!(census.finish());
        assert_eq!(counted(&mut census), [said("there", "old", 1, 10)]);
    }

    #[test]
    fn a_uid_that_is_no_uuid_is_told_from_others_as_well() {
        assert_eq!(
            Uid::new("5B1C3E0E-0000-4000-8000-00000000000a"),
            Uid::new("5b1c3e0e-0000-4000-8000-00000000000A")
        );
        let odd = ["", "x", "5b1c3e0e", "5b1c3e0e-0000-4000-8000-00000000000a0"];
        for (at, one) in odd.iter().enumerate() {
            for other in &odd[at + 1..] {
                assert_ne!(Uid::new(one), Uid::new(other));
            }
        }
    }

    proptest! {
        /// Whatever comes in whatever order, the groups are those of the pods that are there.
        #[test]
        fn the_census_agrees_with_counting_anew(
            steps in proptest::collection::vec((0u8..12, 0u8..4, 0u8..2, 0i64..5, any::<bool>()), 0..80)
        ) {
            let mut census = Census::default();
            let mut known: BTreeMap<u8, Pod> = BTreeMap::new();
            for (uid, workload, revision, second, comes) in steps {
                let pod = pod(uid, &format!("w{workload}"), &format!("r{revision}"), second);
                if comes {
                    let changed = known.insert(uid, pod.clone()) != Some(pod.clone());
                    prop_assert_eq!(census.put(pod), changed);
                } else {
                    prop_assert_eq!(census.remove(pod.uid), known.remove(&uid).is_some());
                }
                let mut wanted: BTreeMap<(String, String), (u32, i64)> = BTreeMap::new();
                for pod in known.values() {
                    let key = (pod.workload.name.to_string(), pod.revision.to_string());
                    let entry = wanted.entry(key).or_insert((0, i64::MAX));
                    entry.0 += 1;
                    entry.1 = entry.1.min(pod.created.as_second());
                }
                let wanted: Vec<_> = wanted.into_iter().map(|((w, r), (n, t))| (w, r, n, t)).collect();
                prop_assert_eq!(counted(&mut census), wanted);
                prop_assert_eq!(census.pods(), known.len());
            }
        }
    }
}
