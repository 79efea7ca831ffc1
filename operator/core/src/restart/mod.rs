//! Moving workloads to a control plane by restarting them: which of them still have to move, and what
//! to do with each, given how it is found.
//!
//! A restart is the annotation that `kubectl rollout restart` sets, with the time at which the move
//! began as its value. So it can be read from a workload whether it was restarted in this move, and an
//! operator that starts anew in the middle restarts nothing twice.

mod budget;
mod found;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

pub use budget::Budget;
pub use found::{ANNOTATION_RESTARTED, Found};

use crate::dataplane::{DataPlane, Group, Workload};

/// What pods are to be injected by.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The Istio revision.
    pub revision: &'a str,
    /// Since when it injects what it is to inject; an older pod has to move even if the revision is
    /// the same. None where the revision alone decides.
    pub not_before: Option<Timestamp>,
}

/// A workload that takes part in a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which workload.
    pub workload: Workload,
    /// Its pods that have not moved; none when all have.
    pub outdated: Option<Outdated>,
}

/// Pods of a workload that have not moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// How many.
    pub pods: u32,
    /// What injected them; of several, one.
    pub revision: Arc<str>,
    /// When the oldest of them was made.
    pub oldest: Timestamp,
}

/// How a move is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// How many workloads may be on the way at a time.
    pub parallel: usize,
    /// When the move began. Goes into the annotation, so it must be the same until the move is over.
    pub began: Timestamp,
    /// Whether it goes on in spite of workloads that are not well: what goes back after a failure is
    /// expected to be unwell, and one failure must not keep the others.
    pub undaunted: bool,
}

/// What is to be done about a workload that has to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is restarted.
    Start,
    /// It was restarted, and waits for this.
    InFlight(String),
    /// It was restarted, and will not come through.
    Failed(String),
    /// It is not restarted for now.
    Held(String),
    /// It is not restarted; its owner has to do something.
    Left(String),
}

/// A workload, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which workload.
    pub workload: Workload,
    /// What it waits for, or why it stays.
    pub why: String,
}

/// How far a move has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Workloads that take part.
    pub total: usize,
    /// Those that have moved.
    pub moved: usize,
    /// Those on the way.
    pub in_flight: Vec<Note>,
    /// Those whose restart failed.
    pub failed: Vec<Note>,
    /// Those that are not restarted for now.
    pub held: Vec<Note>,
    /// Those that only their owners can move.
    pub left: Vec<Note>,
}

/// One look at a move, as verdicts come in.
#[derive(Debug)]
pub struct Round {
    order: Order,
    report: Report,
}

/// Who takes part in a move: the workloads of the selected groups, in their order.
pub fn members(
    plane: &DataPlane,
    selected: impl Fn(&Workload) -> bool,
    target: &Target<'_>,
) -> Vec<Member> {
    let by_workload = plane
        .groups
        .chunk_by(|one, other| one.workload == other.workload);
    by_workload
        .filter(|groups| {
            groups
                .first()
                .is_some_and(|group| selected(&group.workload))
        })
        .filter_map(|groups| {
            Some(Member {
                workload: groups.first()?.workload.clone(),
                outdated: outdated(groups, target),
            })
        })
        .collect()
}

fn outdated(groups: &[Group], target: &Target<'_>) -> Option<Outdated> {
    let has_to_move = |group: &&Group| {
        *group.revision != *target.revision
            || target.not_before.is_some_and(|time| group.oldest < time)
    };
    let mut all: Option<Outdated> = None;
    for group in groups.iter().filter(has_to_move) {
        let known = all.get_or_insert_with(|| Outdated {
            pods: 0,
            revision: Arc::clone(&group.revision),
            oldest: group.oldest,
        });
        known.pods += group.pods;
        known.oldest = known.oldest.min(group.oldest);
    }
    all
}

/// What is to be done about a workload that has to move, given how it is found and the budgets of its
/// namespace.
pub fn judge(outdated: &Outdated, found: &Found, budgets: &[Budget], order: &Order) -> Verdict {
    match found.restarted {
        Some(restarted) if restarted.as_second() >= order.began.as_second() => {
            on_the_way(outdated, found, restarted)
        }
        Some(_) | None => at_rest(found, budgets, order),
    }
}

fn on_the_way(outdated: &Outdated, found: &Found, restarted: Timestamp) -> Verdict {
    match &found.waiting {
        Some(why) if found.failed => Verdict::Failed(why.clone()),
        Some(why) => Verdict::InFlight(why.clone()),
        None if outdated.oldest > restarted => {
            let revision = &outdated.revision;
            Verdict::Left(format!(
                "its new pods are injected by {revision} again; something pins them to it"
            ))
        }
        None => Verdict::InFlight(match outdated.pods {
            1 => "1 pod from before is still there".to_owned(),
            many => format!("{many} pods from before are still there"),
        }),
    }
}

fn at_rest(found: &Found, budgets: &[Budget], order: &Order) -> Verdict {
    if let Some(hindrance) = &found.hindrance {
        return Verdict::Left(hindrance.clone());
    }
    if let Some(why) = found.waiting.as_ref().filter(|_| !order.undaunted) {
        return Verdict::Held(format!("it is not well as it is: {why}"));
    }
    let forbids = |budget: &&Budget| found.takes_away && budget.forbids(&found.labels);
    match budgets.iter().find(forbids) {
        Some(budget) => Verdict::Held(format!(
            "PodDisruptionBudget {} allows no disruption",
            budget.name()
        )),
        None => Verdict::Start,
    }
}

// === impl Round ===

impl Round {
    /// Nothing has been looked at yet but who takes part. What no template restarts is left to its
    /// owner from the start.
    pub fn new(members: &[Member], order: Order) -> Self {
        let moved = members.iter().filter(|member| member.outdated.is_none());
        let owners = members
            .iter()
            .filter(|member| member.outdated.is_some() && !member.workload.kind.is_restartable());
        let left = owners.map(|member| Note {
            workload: member.workload.clone(),
            why: "only its owner can restart it".to_owned(),
        });
        let report = Report {
            total: members.len(),
            moved: moved.count(),
            left: left.collect(),
            ..Report::default()
        };
        Self { order, report }
    }

    /// Whether another workload may be started now.
    pub fn has_room(&self) -> bool {
        let goes_on = self.order.undaunted || self.report.failed.is_empty();
        goes_on && self.report.in_flight.len() < self.order.parallel
    }

    /// Takes in what is to be done about a workload. One that is to start counts as on the way.
    pub fn take(&mut self, workload: &Workload, verdict: Verdict) {
        let (notes, why) = match verdict {
            Verdict::Start => (
                &mut self.report.in_flight,
                "it has just been restarted".to_owned(),
            ),
            Verdict::InFlight(why) => (&mut self.report.in_flight, why),
            Verdict::Failed(why) => (&mut self.report.failed, why),
            Verdict::Held(why) => (&mut self.report.held, why),
            Verdict::Left(why) => (&mut self.report.left, why),
        };
        notes.push(Note {
            workload: workload.clone(),
            why,
        });
    }

    /// How far the move has come.
    pub fn report(self) -> Report {
        self.report
    }
}

// === impl Report ===

impl Report {
    /// Whether nothing more moves by itself: all have moved but those that are left to their owners.
    pub fn is_done(&self) -> bool {
        self.moved + self.left.len() == self.total
    }

    /// Workloads whose turn has not come.
    pub fn waiting(&self) -> usize {
        let looked_at =
            self.in_flight.len() + self.failed.len() + self.held.len() + self.left.len();
        self.total.saturating_sub(self.moved + looked_at)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.workload, self.why)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::dataplane::WorkloadKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn workload(kind: WorkloadKind, name: &str) -> Workload {
        Workload {
            namespace: "sea".into(),
            kind,
            name: name.into(),
        }
    }

    fn group(name: &str, revision: &str, pods: u32, oldest: i64) -> Group {
        Group {
            workload: workload(WorkloadKind::Deployment, name),
            revision: revision.into(),
            pods,
            oldest: at(oldest),
        }
    }

    fn old_pods(pods: u32, oldest: i64) -> Outdated {
        Outdated {
            pods,
            revision: "old".into(),
            oldest: at(oldest),
        }
    }

    /// A workload at rest that rolls by surging.
    fn well() -> Found {
        Found {
            uid: "u-1".to_owned(),
            restarted: None,
            waiting: None,
            failed: false,
            hindrance: None,
            takes_away: false,
            labels: BTreeMap::new(),
        }
    }

    fn order(parallel: usize) -> Order {
        Order {
            parallel,
            began: at(100),
            undaunted: false,
        }
    }

    fn verdict(found: &Found) -> Verdict {
        judge(&old_pods(2, 10), found, &[], &order(1))
    }

    fn full_budget() -> Budget {
        Budget::read(
            &json!({"metadata": {"name": "crew"}, "spec": {"selector": {}}, "status": {"disruptionsAllowed": 0}}),
        )
    }

    #[test]
    fn a_workload_has_to_move_while_any_pod_is_of_another_revision_or_too_old() {
        let plane = DataPlane {
            groups: vec![
                group("a", "new", 2, 5),
                group("b", "new", 1, 5),
                group("b", "old", 3, 2),
            ],
            ..DataPlane::default()
        };
        let outdated = |target: &Target<'_>| -> Vec<Option<u32>> {
            let members = members(&plane, |_| true, target);
            members
                .iter()
                .map(|m| m.outdated.as_ref().map(|o| o.pods))
                .collect()
        };
        let by_revision = Target {
            revision: "new",
            not_before: None,
        };
        assert_eq!(outdated(&by_revision), [None, Some(3)]);
        let by_age = Target {
            not_before: Some(at(6)),
            ..by_revision
        };
        assert_eq!(outdated(&by_age), [Some(2), Some(4)]);
        assert_eq!(
            members(&plane, |workload| *workload.name == *"a", &by_age).len(),
            1
        );
    }

    #[test]
    fn a_workload_at_rest_is_restarted_unless_something_stands_against_it() {
        assert_eq!(verdict(&well()), Verdict::Start);
        let earlier = Found {
            restarted: Some(at(99)),
            ..well()
        };
        assert_eq!(verdict(&earlier), Verdict::Start);
        let paused = Found {
            hindrance: Some("it is paused".to_owned()),
            ..well()
        };
        assert_eq!(verdict(&paused), Verdict::Left("it is paused".to_owned()));
        let unwell = Found {
            waiting: Some("0 of 2 pods are available".to_owned()),
            ..well()
        };
        let why = "it is not well as it is: 0 of 2 pods are available".to_owned();
        assert_eq!(verdict(&unwell), Verdict::Held(why));
        let back = Order {
            undaunted: true,
            ..order(1)
        };
        assert_eq!(judge(&old_pods(2, 10), &unwell, &[], &back), Verdict::Start);
    }

    #[test]
    fn a_budget_holds_only_what_takes_pods_away() {
        let takes_away = Found {
            takes_away: true,
            ..well()
        };
        let judged = |found: &Found| judge(&old_pods(2, 10), found, &[full_budget()], &order(1));
        assert_eq!(
            judged(&takes_away),
            Verdict::Held("PodDisruptionBudget crew allows no disruption".to_owned())
        );
        assert_eq!(judged(&well()), Verdict::Start);
    }

    #[test]
    fn a_restarted_workload_is_on_the_way_until_its_old_pods_are_gone() {
        let restarted = |waiting: Option<&str>, failed| Found {
            restarted: Some(at(100)),
            waiting: waiting.map(str::to_owned),
            failed,
            hindrance: Some("it is paused".to_owned()),
            ..well()
        };
        let why = "1 of 2 pods are of the new template".to_owned();
        assert_eq!(
            verdict(&restarted(Some(&why), false)),
            Verdict::InFlight(why.clone())
        );
        assert_eq!(verdict(&restarted(Some(&why), true)), Verdict::Failed(why));
        assert_eq!(
            verdict(&restarted(None, false)),
            Verdict::InFlight("2 pods from before are still there".to_owned())
        );
    }

    #[test]
    fn a_workload_whose_new_pods_are_not_moved_either_is_not_restarted_for_ever() {
        let restarted = Found {
            restarted: Some(at(100)),
            ..well()
        };
        let verdict = judge(&old_pods(2, 101), &restarted, &[], &order(1));
        assert!(matches!(verdict, Verdict::Left(why) if why.contains("injected by old again")));
    }

    #[test]
    fn no_more_than_allowed_are_on_the_way_and_a_failure_stops_the_rest() {
        let members = [];
        let (a, b) = (
            workload(WorkloadKind::Deployment, "a"),
            workload(WorkloadKind::Deployment, "b"),
        );
        let mut round = Round::new(&members, order(2));
        round.take(&a, Verdict::Start);
        assert!(round.has_room());
        round.take(&b, Verdict::InFlight("x".to_owned()));
        assert!(!round.has_room());

        let mut round = Round::new(&members, order(2));
        round.take(&a, Verdict::Failed("x".to_owned()));
        assert!(!round.has_room());
        let undaunted = Order {
            undaunted: true,
            ..order(2)
        };
        let mut round = Round::new(&members, undaunted);
        round.take(&a, Verdict::Failed("x".to_owned()));
        assert!(round.has_room());
    }

    #[test]
    fn a_move_is_done_when_only_owners_can_go_on() {
        let outdated = Some(old_pods(1, 10));
        let members = [
            Member {
                workload: workload(WorkloadKind::Deployment, "moved"),
                outdated: None,
            },
            Member {
                workload: workload(WorkloadKind::Other("Job".into()), "catch"),
                outdated: outdated.clone(),
            },
            Member {
                workload: workload(WorkloadKind::Deployment, "late"),
                outdated,
            },
        ];
        let report = Round::new(&members[..2], order(1)).report();
        assert!(report.is_done());
        assert_eq!(
            report.left[0].to_string(),
            "Job sea/catch: only its owner can restart it"
        );
        let report = Round::new(&members, order(1)).report();
        assert!(!report.is_done());
        assert_eq!((report.moved, report.waiting()), (1, 1));
    }
}
