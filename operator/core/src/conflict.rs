//! Fights over fields: another writer changes what Mainsheet means as soon as it is put back.
//!
//! Pure: what was repaired and when goes in, what may be repaired now and who is fought with comes
//! out. A path that had to be put back [`FLIPS`] times within [`SPAN`] is contested: from then on
//! it is put back after pauses that double from [`FIRST_PAUSE`] to [`LONGEST_PAUSE`]. The fight is
//! over when the object is still as wanted at the end of a pause.
//!
//! Nothing is stored: an operator that starts anew finds out again.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use mainsheet_manifests::ObjectId;

use crate::live::Live;
use crate::plan::{Action, Inventory, Plan, Reason};

/// How many times a path is put back within [`SPAN`] before it counts as contested.
pub const FLIPS: usize = 3;
/// How far apart those times may be.
pub const SPAN: SignedDuration = SignedDuration::from_secs(30);
/// The first pause.
pub const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest pause.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// Every repair that may be part of a fight, and every fight.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<ObjectId, Entry>);

/// A fight, as users are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The object.
    pub id: ObjectId,
    /// The other writer, as managed fields name it.
    pub manager: String,
    /// The paths, sorted.
    pub paths: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    /// When each path was put back, within the span.
    repairs: BTreeMap<String, Vec<Timestamp>>,
    fight: Option<Fight>,
}

#[derive(Clone, Debug)]
struct Fight {
    manager: String,
    paths: Vec<String>,
    rounds: u32,
    /// Not before this is the object put back again.
    next: Timestamp,
}

// === impl Ledger ===

impl Ledger {
    /// Goes through a plan: a repair that must wait is kept instead, and a fight whose pause has
    /// ended with the object as wanted is over. What no plan speaks of any more is forgotten.
    pub fn review(&mut self, plan: &mut Plan, now: Timestamp) {
        self.0.retain(|_, entry| !entry.is_stale(now));
        for step in &mut plan.steps {
            let Some(entry) = self.0.get_mut(&step.id) else {
                continue;
            };
            let resting = entry.fight.as_ref().is_some_and(|fight| now < fight.next);
            match (step.reason, resting) {
                (Reason::Drifted, true) => {
                    step.action = Action::Keep;
                    step.reason = Reason::Contested;
                }
                (Reason::UpToDate, false) => entry.calm(now),
                // A new wish is carried out whoever fights.
                (Reason::Changed | Reason::Missing | Reason::Adopted, _) => entry.fight = None,
                (Reason::Drifted, false)
                | (Reason::UpToDate, true)
                | (Reason::Foreign | Reason::Newer | Reason::Unwanted | Reason::Contested, _) => {}
            }
        }
        self.0.retain(|_, entry| entry.is_open());
    }

    /// These paths were put back. `manager` is who had changed them; the answer is the fight that
    /// this has become or goes on with, if it is one.
    pub fn repaired(
        &mut self,
        id: &ObjectId,
        manager: Option<&str>,
        paths: &[String],
        now: Timestamp,
    ) -> Option<Conflict> {
        let entry = self.0.entry(id.clone()).or_default();
        let contested = entry.count(paths, now);
        if entry.fight.is_none() && contested.is_empty() {
            return None;
        }
        let (rounds, mut known) = entry
            .fight
            .take()
            .map_or((0, Vec::new()), |fight| (fight.rounds, fight.paths));
        known.extend(if rounds == 0 {
            contested
        } else {
            paths.to_vec()
        });
        known.sort();
        known.dedup();
        entry.fight = Some(Fight {
            manager: manager.unwrap_or(NOBODY).to_owned(),
            paths: known,
            rounds: rounds + 1,
            next: now + pause(rounds),
        });
        entry.conflict(id)
    }

    /// A write was answered with an object that is still not as wanted: something changes these
    /// paths while they are written, so that writing again is of no use.
    pub fn rewritten(&mut self, id: &ObjectId, live: &Live, paths: &[String], now: Timestamp) {
        for _ in 1..FLIPS {
            self.0.entry(id.clone()).or_default().count(paths, now);
        }
        let manager = paths.iter().find_map(|path| live.owner_of(path));
        self.repaired(id, manager.or(Some(ADMISSION)), paths, now);
    }

    /// The fights over the objects of a plan, in its order.
    pub fn conflicts(&self, plan: &Plan) -> Vec<Conflict> {
        let ids = plan.steps.iter().map(|step| &step.id);
        ids.filter_map(|id| self.0.get(id)?.conflict(id)).collect()
    }

    /// When the next pause ends.
    pub fn next(&self) -> Option<Timestamp> {
        let fights = self.0.values().filter_map(|entry| entry.fight.as_ref());
        fights.map(|fight| fight.next).min()
    }
}

/// Said where no manager owns the changed field.
const NOBODY: &str = "an unknown writer";
/// Said where a field is changed on its way into the API server.
const ADMISSION: &str = "an admission webhook";

/// Who changed an object in these paths, as its managed fields tell.
pub fn culprit<'a>(live: &'a Inventory, id: &ObjectId, paths: &[String]) -> Option<&'a str> {
    let found = live.get(id)?;
    paths.iter().find_map(|path| found.owner_of(path))
}

fn pause(rounds: u32) -> SignedDuration {
    let doubled = 2_i32
        .checked_pow(rounds)
        .and_then(|times| FIRST_PAUSE.checked_mul(times));
    doubled.unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

// === impl Entry ===

impl Entry {
    /// Counts a repair of these paths; gives those that are contested by now.
    fn count(&mut self, paths: &[String], now: Timestamp) -> Vec<String> {
        for path in paths {
            self.repairs.entry(path.clone()).or_default().push(now);
        }
        self.fade(now);
        let contested = paths.iter().filter(|path| {
            self.repairs
                .get(*path)
                .is_some_and(|times| times.len() >= FLIPS)
        });
        contested.cloned().collect()
    }

    /// The object is as wanted, and no pause goes on.
    fn calm(&mut self, now: Timestamp) {
        self.fight = None;
        self.fade(now);
    }

    fn fade(&mut self, now: Timestamp) {
        self.repairs.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) <= SPAN);
            let surplus = times.len().saturating_sub(FLIPS);
            times.drain(..surplus);
            !times.is_empty()
        });
    }

    /// A fight that nobody has looked at for as long as a pause may be is over an object that is
    /// no longer wanted.
    fn is_stale(&self, now: Timestamp) -> bool {
        let next = self.fight.as_ref().map(|fight| fight.next);
        next.is_some_and(|next| now.duration_since(next) > LONGEST_PAUSE)
    }

    fn is_open(&self) -> bool {
        self.fight.is_some() || !self.repairs.is_empty()
    }

    fn conflict(&self, id: &ObjectId) -> Option<Conflict> {
        let fight = self.fight.as_ref()?;
        Some(Conflict {
            id: id.clone(),
            manager: fight.manager.clone(),
            paths: fight.paths.clone(),
        })
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, manager) = (&self.id, &self.manager);
        write!(
            f,
            "{id}: {manager} keeps changing {}",
            self.paths.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::{Kind, Wave};

    use super::*;
    use crate::plan::Step;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn id() -> ObjectId {
        ObjectId::new(Kind::Deployment, Some("mesh"), "istiod")
    }

    fn plan(reason: Reason) -> Plan {
        let step = Step {
            id: id(),
            component: "pilot".to_owned(),
            wave: Wave::ControlPlane,
            action: if reason == Reason::UpToDate {
                Action::Keep
            } else {
                Action::Patch
            },
            reason,
            fields: vec!["spec.x".to_owned()],
        };
        Plan {
            steps: vec![step],
            ..Plan::default()
        }
    }

    /// What becomes of a drifted object at a time, with the repair booked if it is made.
    fn look(ledger: &mut Ledger, second: i64) -> Reason {
        let mut plan = plan(Reason::Drifted);
        ledger.review(&mut plan, at(second));
        if plan.steps[0].action == Action::Patch {
            ledger.repaired(&id(), Some("rival"), &plan.steps[0].fields, at(second));
        }
        plan.steps[0].reason
    }

    fn quiet(ledger: &mut Ledger, second: i64) -> usize {
        ledger.review(&mut plan(Reason::UpToDate), at(second));
        ledger.conflicts(&plan(Reason::UpToDate)).len()
    }

    #[test]
    fn a_fight_begins_with_the_third_repair_in_a_short_time_and_backs_off() {
        use Reason::{Contested, Drifted};
        let mut ledger = Ledger::default();
        // Pauses of 5, 10, 20 seconds after the third repair.
        let table = [
            (0, Drifted),
            (1, Drifted),
            (2, Drifted),
            (3, Contested),
            (6, Contested),
            (7, Drifted),
            (8, Contested),
            (16, Contested),
            (17, Drifted),
            (36, Contested),
            (37, Drifted),
        ];
        for (second, expected) in table {
            assert_eq!(look(&mut ledger, second), expected, "at {second} s");
        }
        let said = ledger.conflicts(&plan(Reason::UpToDate))[0].to_string();
        assert_eq!(said, "Deployment mesh/istiod: rival keeps changing spec.x");
        assert_eq!(ledger.next(), Some(at(37 + 40)));
    }

    #[test]
    fn edits_that_are_far_apart_are_no_fight() {
        let mut ledger = Ledger::default();
        for second in [0, 20, 40, 60, 80] {
            assert_eq!(look(&mut ledger, second), Reason::Drifted);
            quiet(&mut ledger, second + 1);
        }
        assert!(ledger.conflicts(&plan(Reason::UpToDate)).is_empty());
    }

    #[test]
    fn a_fight_is_over_when_a_pause_ends_in_peace() {
        let mut ledger = Ledger::default();
        for second in [0, 1, 2] {
            look(&mut ledger, second);
        }
        assert_eq!(quiet(&mut ledger, 6), 1, "the pause goes on");
        assert_eq!(quiet(&mut ledger, 7), 0);
        assert_eq!(ledger.next(), None);
    }

    #[test]
    fn pauses_have_an_end() {
        assert_eq!(pause(0), FIRST_PAUSE);
        assert_eq!(pause(3), FIRST_PAUSE * 8);
        assert_eq!((pause(9), pause(40)), (LONGEST_PAUSE, LONGEST_PAUSE));
    }

    #[test]
    fn what_is_changed_as_it_is_written_is_contested_at_once() {
        let mut ledger = Ledger::default();
        let live = crate::test_support::live(Kind::Deployment, "istiod", serde_json::json!({}));
        ledger.rewritten(&id(), &live, &["spec.x".to_owned()], at(0));
        assert_eq!(
            ledger.conflicts(&plan(Reason::UpToDate))[0].manager,
            ADMISSION
        );
        assert_eq!(look(&mut ledger, 1), Reason::Contested);
    }

    #[test]
    fn a_new_wish_is_carried_out_whoever_fights() {
        let mut ledger = Ledger::default();
        for second in [0, 1, 2] {
            look(&mut ledger, second);
        }
        let mut changed = plan(Reason::Changed);
        ledger.review(&mut changed, at(3));
        assert_eq!(changed.steps[0].action, Action::Patch);
    }

    #[test]
    fn what_is_no_longer_wanted_is_forgotten() {
        let mut ledger = Ledger::default();
        for second in [0, 1, 2] {
            look(&mut ledger, second);
        }
        ledger.review(&mut Plan::default(), at(1000));
        assert!(ledger.conflicts(&plan(Reason::UpToDate)).is_empty());
    }
}
