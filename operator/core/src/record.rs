//! Which records of a mesh there are, which one it runs, and which may go.
//!
//! A record is what a `MeshRevision` holds. Its state is derived here from two facts, which record
//! is wanted and whether all of it is ready, so that a lost status heals by itself.

use jiff::Timestamp;
use mainsheet_crds::revision::RevisionState;

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
    /// State as stored.
    pub state: Option<RevisionState>,
    /// When the record was made.
    pub created: Timestamp,
}

/// What is to become of the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Every record that stays with the state it is in, the wanted one first, then the newest.
    pub states: Vec<(Record, RevisionState)>,
    /// Names of the records that are past the history.
    pub expired: Vec<String>,
}

/// Name of the record of this installation with this hash.
pub fn name(installation: &str, hash: &str) -> String {
    let digits = hash.get(..HASH_DIGITS).unwrap_or(hash);
    format!("{installation}-{digits}")
}

/// Whether the record was reached once: everything in it has been applied and was ready.
pub fn is_active(wanted: &str, records: &[Record]) -> bool {
    records
        .iter()
        .any(|record| record.name == wanted && record.state == Some(RevisionState::Active))
}

/// Derives every record's state. The wanted record is Candidate until it was ready once, and the
/// active one stays Active until then; `keep` past records stay besides those two.
pub fn settle(wanted: &str, ready: bool, records: &[Record], keep: usize) -> Outcome {
    let reached = ready || is_active(wanted, records);
    let state = |record: &Record| match record.state {
        _ if record.name == wanted && reached => RevisionState::Active,
        _ if record.name == wanted => RevisionState::Candidate,
        Some(RevisionState::Active) if !reached => RevisionState::Active,
        Some(RevisionState::Retiring) => RevisionState::Retiring,
        Some(RevisionState::Active | RevisionState::Candidate | RevisionState::Superseded)
        | None => RevisionState::Superseded,
    };
    let mut states: Vec<(Record, RevisionState)> = records
        .iter()
        .map(|record| (record.clone(), state(record)))
        .collect();
    states.sort_by(|(one, _), (other, _)| {
        let order = |record: &Record| (record.name != wanted, std::cmp::Reverse(record.created));
        order(one)
            .cmp(&order(other))
            .then_with(|| one.name.cmp(&other.name))
    });
    let mut kept = 0;
    let mut expired = Vec::new();
    states.retain(|(record, state)| {
        let stays = *state != RevisionState::Superseded || kept < keep;
        if *state == RevisionState::Superseded {
            kept += 1;
        }
        if !stays {
            expired.push(record.name.clone());
        }
        stays
    });
    Outcome { states, expired }
}

#[cfg(test)]
mod tests {
    use RevisionState::{Active, Candidate, Superseded};

    use super::*;

    fn record(name: &str, state: Option<RevisionState>, created: i64) -> Record {
        Record {
            name: name.to_owned(),
            version: "1.30.3".to_owned(),
            istio_revision: "default".to_owned(),
            state,
            created: Timestamp::from_second(created).unwrap(),
        }
    }

    fn settled(wanted: &str, ready: bool, records: &[Record]) -> Vec<(String, RevisionState)> {
        let outcome = settle(wanted, ready, records, HISTORY);
        outcome
            .states
            .into_iter()
            .map(|(record, state)| (record.name, state))
            .collect()
    }

    fn pairs(expected: &[(&str, RevisionState)]) -> Vec<(String, RevisionState)> {
        expected
            .iter()
            .map(|(name, state)| ((*name).to_owned(), *state))
            .collect()
    }

    #[test]
    fn a_record_is_a_candidate_until_it_was_ready_once() {
        let new = [record("b", None, 2)];
        assert_eq!(settled("b", false, &new), pairs(&[("b", Candidate)]));
        assert_eq!(settled("b", true, &new), pairs(&[("b", Active)]));
        let reached = [record("b", Some(Active), 2)];
        assert_eq!(settled("b", false, &reached), pairs(&[("b", Active)]));
    }

    #[test]
    fn the_active_record_stays_so_until_the_wanted_one_is_ready() {
        let records = [record("a", Some(Active), 1), record("b", None, 2)];
        assert_eq!(
            settled("b", false, &records),
            pairs(&[("b", Candidate), ("a", Active)])
        );
        assert_eq!(
            settled("b", true, &records),
            pairs(&[("b", Active), ("a", Superseded)])
        );
    }

    #[test]
    fn a_candidate_that_is_no_longer_wanted_is_superseded() {
        let records = [
            record("a", Some(Active), 1),
            record("b", Some(Candidate), 2),
        ];
        assert_eq!(
            settled("a", true, &records),
            pairs(&[("a", Active), ("b", Superseded)])
        );
    }

    #[test]
    fn the_oldest_records_past_the_history_expire() {
        let mut records: Vec<Record> = (0..4)
            .map(|n| record(&format!("old{n}"), Some(Superseded), n))
            .collect();
        records.push(record("now", Some(Active), 9));
        let outcome = settle("now", true, &records, 2);
        assert_eq!(outcome.expired, ["old1", "old0"]);
        assert_eq!(outcome.states.len(), 3);
    }

    #[test]
    fn a_name_ends_in_the_beginning_of_the_hash() {
        assert_eq!(name("sea", "0123456789abcdef"), "sea-0123456789");
    }
}
