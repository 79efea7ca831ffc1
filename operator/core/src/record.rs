//! The records of a mesh: what a `MeshRevision` holds, as far as it is decided by, and how many of
//! them are kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mainsheet_crds::revision::RevisionState;

use crate::upgrade::Standing;

/// How many past records are kept when the spec does not say.
pub const HISTORY: usize = 5;
/// How many digits of the hash end a record's name.
const HASH_DIGITS: usize = 10;

/// One record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Name of the `MeshRevision`.
    pub name: String,
    /// Istio version.
    pub version: String,
    /// Istio revision (`default` when un-revisioned).
    pub istio_revision: String,
    /// Digest of what the spec asked for at its public revision.
    pub wish: String,
    /// What is stored of what it is to its mesh.
    pub standing: Standing,
    /// When the record was made.
    pub created: Timestamp,
}

/// Name of the record of this installation with this hash.
pub fn name(installation: &str, hash: &str) -> String {
    let digits = hash.get(..HASH_DIGITS).unwrap_or(hash);
    format!("{installation}-{digits}")
}

/// Names of the records that are past the history: of those that ran once, all but the newest `keep`.
/// `kept` are never among them.
pub fn expired(
    records: &[Record],
    standings: &BTreeMap<String, Standing>,
    kept: &[&str],
    keep: usize,
) -> Vec<String> {
    let mut past: Vec<&Record> = records
        .iter()
        .filter(|record| {
            let state = standings.get(&record.name).map(|standing| standing.state);
            state == Some(RevisionState::Superseded) && !kept.contains(&record.name.as_str())
        })
        .collect();
    past.sort_by_key(|record| {
        let since = standings
            .get(&record.name)
            .and_then(|standing| standing.since);
        (
            std::cmp::Reverse(since.unwrap_or(record.created)),
            record.name.clone(),
        )
    });
    let old = past.into_iter().skip(keep);
    old.map(|record| record.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::fixtures::{at, record};

    #[test]
    fn the_oldest_records_past_the_history_expire() {
        let mut records = Vec::new();
        let mut standings = BTreeMap::new();
        for number in 0..5 {
            let name = format!("old{number}");
            records.push(record(&name, "1.30.3", "default"));
            standings.insert(name, Standing::new(RevisionState::Superseded, at(number)));
        }
        standings.insert("old0".into(), Standing::new(RevisionState::Active, at(0)));
        let gone = expired(&records, &standings, &["old1"], 2);
        assert_eq!(gone, ["old2"]);
    }

    #[test]
    fn a_name_ends_in_the_beginning_of_the_hash() {
        assert_eq!(name("sea", "0123456789abcdef"), "sea-0123456789");
    }
}
