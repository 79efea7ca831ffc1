//! Which record a spec asks for: one that is there, or a new one, over the running control plane or
//! beside it.

use mainsheet_crds::installation::Strategy;
use mainsheet_crds::revision::RevisionState;

use crate::record::Record;

/// Longest Istio revision: the longest name made of it adds seven letters.
const LONGEST: usize = 56;
/// How many digits of the wish's hash end a candidate's Istio revision.
const DIGITS: usize = 6;

/// What is known about the records that might be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    /// The records.
    pub records: &'a [Record],
    /// Digest of what the spec asks for at its public revision.
    pub wish: &'a str,
    /// How a change is carried out.
    pub strategy: Strategy,
}

/// What a spec asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// A record that runs, or is about to.
    Record(&'a Record),
    /// A record with the Istio revision of the active control plane.
    Over(&'a Record),
    /// A record with an Istio revision of its own, if the control plane changes at all; else one
    /// with that of the active control plane.
    Beside(&'a Record),
    /// The first record, at the public revision.
    First,
}

/// Finds the record that a spec asks for.
pub fn choose<'a>(candidates: &Candidates<'a>) -> Choice<'a> {
    let of = |state: RevisionState| {
        candidates.records.iter().find(move |record| {
            record.standing.runs()
                && record.standing.state == state
                && record.wish == candidates.wish
        })
    };
    let running = of(RevisionState::Active)
        .or_else(|| of(RevisionState::Candidate))
        .or_else(|| of(RevisionState::Retiring));
    if let Some(record) = running {
        return Choice::Record(record);
    }
    let active = candidates
        .records
        .iter()
        .find(|record| record.standing.state == RevisionState::Active);
    match (active, candidates.strategy) {
        (None, _) => Choice::First,
        (Some(active), Strategy::InPlace) => Choice::Over(active),
        (Some(active), Strategy::Canary) => Choice::Beside(active),
    }
}

/// The Istio revision of a control plane that comes up beside another: the version and the beginning
/// of the wish's hash, after the revision that the spec names.
pub fn candidate_revision(revision: &str, version: &str, wish: &str) -> String {
    let digits = wish.get(..DIGITS).unwrap_or(wish);
    let own = format!("{}-{digits}", version.replace('.', "-"));
    if revision.is_empty() {
        return own;
    }
    let room = LONGEST - own.len() - 1;
    let start = revision
        .get(..room)
        .unwrap_or(revision)
        .trim_end_matches('-');
    format!("{start}-{own}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::Standing;
    use crate::upgrade::fixtures::{at, record};

    #[test]
    fn a_candidates_revision_says_version_and_wish_and_is_a_label() {
        assert_eq!(
            candidate_revision("", "1.30.3", "4f2a91bc"),
            "1-30-3-4f2a91"
        );
        assert_eq!(
            candidate_revision("prod", "1.30.3", "4f2a91bc"),
            "prod-1-30-3-4f2a91"
        );
        let long = candidate_revision(&"a".repeat(56), "1.30.10", "4f2a91bc");
        assert_eq!(long.len(), LONGEST);
    }

    #[test]
    fn the_record_that_runs_is_found_by_what_was_wished() {
        let mut old = record("old", "1.29.6", "default");
        old.standing = Standing::new(RevisionState::Retiring, at(1));
        let mut new = record("new", "1.30.3", "1-30-3-4f2a91");
        new.standing = Standing::new(RevisionState::Active, at(2));
        let records = [old, new];
        let chosen = |wish: &'static str, strategy| {
            choose(&Candidates {
                records: &records,
                wish,
                strategy,
            })
        };
        let canary = Strategy::Canary;
        assert_eq!(chosen("old", canary), Choice::Record(&records[0]));
        assert_eq!(chosen("new", canary), Choice::Record(&records[1]));
        assert_eq!(chosen("other", canary), Choice::Beside(&records[1]));
        assert_eq!(
            chosen("other", Strategy::InPlace),
            Choice::Over(&records[1])
        );
        let none = Candidates {
            records: &[],
            wish: "old",
            strategy: canary,
        };
        assert_eq!(choose(&none), Choice::First);
    }
}
