//! What is stored of a mesh's changes: its records with their states, and how far a change has come.
//! Everything else is derived from these and from what is seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mainsheet_crds::installation::UpgradeStatus;
use mainsheet_crds::revision::RevisionState;

use crate::record::Record;

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The records of the installation.
    pub records: Vec<Record>,
    /// How far the change under way has come, or how the last one ended.
    pub upgrade: Option<UpgradeStatus>,
}

/// What is stored with a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the record is to its mesh.
    pub state: RevisionState,
    /// Since when. A candidate without it has not begun.
    pub since: Option<Timestamp>,
    /// Since when nothing uses it, for one that retires.
    pub unused_since: Option<Timestamp>,
    /// Why it was undone.
    pub failure: Option<String>,
}

// === impl Standing ===

impl Standing {
    /// What a record is from a moment on.
    pub fn new(state: RevisionState, since: Timestamp) -> Self {
        Self {
            state,
            since: Some(since),
            ..Self::default()
        }
    }

    /// Whether the record's control plane is there, or is to be.
    pub fn runs(&self) -> bool {
        match self.state {
            RevisionState::Active | RevisionState::Retiring => true,
            RevisionState::Candidate => self.since.is_some(),
            RevisionState::Superseded => false,
        }
    }
}

// === impl Facts ===

impl Facts {
    /// The record of this name.
    pub fn record(&self, name: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.name == name)
    }

    /// Every record with what is stored about it.
    pub fn standings(&self) -> BTreeMap<String, Standing> {
        let standings = self
            .records
            .iter()
            .map(|record| (record.name.clone(), record.standing.clone()));
        standings.collect()
    }

    /// The active record.
    pub fn active(&self) -> Option<&Record> {
        let mut active: Vec<&Record> = self
            .records
            .iter()
            .filter(|record| record.standing.state == RevisionState::Active)
            .collect();
        // There is one, unless an operator ended between two writes: then the later one counts.
        active.sort_by_key(|record| (record.standing.since, record.created));
        active.pop()
    }

    /// The record that is coming up, once that has begun.
    pub fn candidate(&self) -> Option<&Record> {
        self.records.iter().find(|record| {
            record.standing.state == RevisionState::Candidate && record.standing.since.is_some()
        })
    }

    /// Makes good for states that were lost, so that nothing which runs is taken for nothing: the
    /// newest record of a control plane that is there counts as the active one, and those of other
    /// control planes as retiring. `live` are the Istio revisions whose control planes are there.
    #[must_use]
    pub fn mended(mut self, live: &BTreeSet<String>) -> Self {
        let lost = |record: &Record| {
            record.standing == Standing::default() && live.contains(&record.istio_revision)
        };
        if self.records.iter().any(|record| record.standing.runs()) {
            return self;
        }
        let mut newest: Vec<usize> = (0..self.records.len())
            .filter(|index| lost(&self.records[*index]))
            .collect();
        newest.sort_by_key(|index| std::cmp::Reverse(self.records[*index].created));
        let mut known = BTreeSet::new();
        for (place, index) in newest.into_iter().enumerate() {
            let record = &mut self.records[index];
            let state = match place {
                0 => RevisionState::Active,
                _ if known.contains(&record.istio_revision) => RevisionState::Superseded,
                _ => RevisionState::Retiring,
            };
            known.insert(record.istio_revision.clone());
            record.standing = Standing::new(state, record.created);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::fixtures::{at, record};

    #[test]
    fn lost_states_are_made_good_from_what_runs() {
        let lost = |name: &str, revision: &str, second| {
            let mut record = record(name, "1.30.3", revision);
            record.created = at(second);
            record
        };
        let facts = Facts {
            records: vec![
                lost("a", "default", 1),
                lost("b", "blue", 3),
                lost("c", "blue", 2),
                lost("d", "gone", 4),
            ],
            upgrade: None,
        };
        let live = ["default".to_owned(), "blue".to_owned()].into();
        let mended = facts.clone().mended(&live);
        let states: Vec<RevisionState> = mended
            .records
            .iter()
            .map(|record| record.standing.state)
            .collect();
        assert_eq!(
            states,
            [
                RevisionState::Retiring,
                RevisionState::Active,
                RevisionState::Superseded,
                RevisionState::Candidate
            ]
        );
        assert_eq!(mended.clone().mended(&live), mended);
        assert_eq!(facts.clone().mended(&BTreeSet::new()), facts);
    }
}
