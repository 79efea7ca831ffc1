//! What the status says of the data plane: pods of each control plane, and whether every workload
//! runs with proxies of the active one.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use mainsheet_crds::conditions::{self, reasons};
use mainsheet_crds::installation::{HistoryEntry, Outcome, RevisionStatus};
use mainsheet_crds::revision::RevisionState;

use super::{Said, some_of};
use crate::dataplane::{DataPlane, Group};

/// Fills in how many live pods each control plane that runs has injected. While the pods are being
/// listed, which every start of the operator does, what was known last stays.
pub(super) fn count_pods(
    revisions: &mut [RevisionStatus],
    last: &[RevisionStatus],
    plane: &DataPlane,
) {
    for revision in revisions {
        let runs = match revision.state {
            RevisionState::Active | RevisionState::Candidate | RevisionState::Retiring => true,
            RevisionState::Superseded => false,
        };
        revision.pods = match (runs, plane.complete) {
            (false, _) => None,
            (true, true) => Some(pods_of(&revision.istio_revision, plane)),
            (true, false) => {
                let before = last.iter().find(|before| before.name == revision.name);
                before.and_then(|before| before.pods)
            }
        };
    }
}

fn pods_of(istio_revision: &str, plane: &DataPlane) -> i32 {
    let of_it = plane
        .groups
        .iter()
        .filter(|group| *group.revision == *istio_revision);
    i32::try_from(of_it.map(|group| u64::from(group.pods)).sum::<u64>()).unwrap_or(i32::MAX)
}

/// The condition as it was said last, for the time in which nothing new is known.
pub(super) fn as_it_was(last: &[Condition]) -> Option<&Condition> {
    last.iter()
        .find(|condition| condition.type_ == conditions::DATA_PLANE_CURRENT)
}

/// Whether every workload of this mesh runs with proxies of its active control plane. Nothing is said
/// while that is not known, or no control plane is active.
pub(super) fn current(
    revisions: &[RevisionStatus],
    history: &[HistoryEntry],
    plane: &DataPlane,
) -> Option<Said> {
    let active = revisions
        .iter()
        .find(|revision| revision.state == RevisionState::Active)?;
    if !plane.complete {
        return None;
    }
    // A control plane of its own never ran another version: what it injected is current, also
    // before it was promoted.
    let replaced = revisions
        .iter()
        .any(|one| one.name != active.name && one.istio_revision == active.istio_revision);
    let since = version_since(history, &active.version).filter(|_| replaced);
    let of_this_mesh = |group: &&Group| {
        revisions
            .iter()
            .any(|revision| *revision.istio_revision == *group.revision)
    };
    let outdated: Vec<String> = plane
        .groups
        .iter()
        .filter(of_this_mesh)
        .filter_map(|group| {
            let workload = &group.workload;
            if *group.revision != *active.istio_revision {
                Some(format!("{workload} runs with {}", group.revision))
            } else if since.is_some_and(|since| group.oldest < since) {
                Some(format!("{workload} runs since before {}", active.version))
            } else {
                None
            }
        })
        .collect();
    Some(if outdated.is_empty() {
        let message = format!(
            "every proxy is of revision {}, {}",
            active.istio_revision, active.version
        );
        (
            conditions::DATA_PLANE_CURRENT,
            "True",
            reasons::READY,
            message,
        )
    } else {
        let message = format!(
            "{} to restart: {}",
            workloads(outdated.len()),
            some_of(&outdated)
        );
        (
            conditions::DATA_PLANE_CURRENT,
            "False",
            reasons::OUTDATED_PROXIES,
            message,
        )
    })
}

fn workloads(count: usize) -> String {
    match count {
        1 => "1 workload is".to_owned(),
        many => format!("{many} workloads are"),
    }
}

/// When the control plane came to this version from another one. None if it is not known to have had
/// another: then the age of a pod says nothing.
fn version_since(history: &[HistoryEntry], version: &str) -> Option<Timestamp> {
    let mut completed = history
        .iter()
        .filter(|entry| entry.outcome == Outcome::Completed);
    let mut since = None;
    completed
        .find_map(|entry| {
            if entry.version == version {
                since = Some(entry.finished_at.0);
                None
            } else {
                Some(since)
            }
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::dataplane::{Workload, WorkloadKind};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn revision(istio_revision: &str, state: RevisionState) -> RevisionStatus {
        RevisionStatus {
            name: format!("sea-{istio_revision}"),
            istio_revision: istio_revision.to_owned(),
            version: "1.30.3".to_owned(),
            state,
            ..RevisionStatus::default()
        }
    }

    fn group(name: &str, revision: &str, pods: u32, oldest: i64) -> Group {
        Group {
            workload: Workload {
                namespace: "sea".into(),
                kind: WorkloadKind::Deployment,
                name: name.into(),
            },
            revision: revision.into(),
            pods,
            oldest: at(oldest),
        }
    }

    fn plane(groups: impl IntoIterator<Item = Group>) -> DataPlane {
        DataPlane {
            complete: true,
            groups: groups.into_iter().collect(),
            ..DataPlane::default()
        }
    }

    fn reached(version: &str, second: i64) -> HistoryEntry {
        HistoryEntry {
            version: version.to_owned(),
            revision: "sea-default".to_owned(),
            finished_at: Time(at(second)),
            outcome: Outcome::Completed,
        }
    }

    #[test]
    fn pods_are_counted_for_control_planes_that_run() {
        let mut revisions = [
            revision("new", RevisionState::Active),
            revision("old", RevisionState::Retiring),
            revision("new", RevisionState::Superseded),
        ];
        let plane = plane([
            group("a", "new", 2, 1),
            group("b", "new", 3, 1),
            group("b", "old", 1, 1),
        ]);
        count_pods(&mut revisions, &[], &plane);
        let counts = |revisions: &[RevisionStatus; 3]| revisions.each_ref().map(|r| r.pods);
        assert_eq!(counts(&revisions), [Some(5), Some(1), None]);

        let last = revisions.clone();
        count_pods(&mut revisions, &last, &DataPlane::default());
        assert_eq!(counts(&revisions), counts(&last), "known from before");
        count_pods(&mut revisions, &[], &DataPlane::default());
        assert_eq!(counts(&revisions), [None, None, None]);
    }

    #[test]
    fn a_workload_of_another_revision_is_outdated_and_one_of_another_mesh_is_not_ours() {
        let revisions = [
            revision("new", RevisionState::Active),
            revision("old", RevisionState::Retiring),
        ];
        let said = |groups: Vec<Group>| {
            current(&revisions, &[], &plane(groups)).map(|said| (said.1, said.3))
        };
        let stranger = group("c", "theirs", 1, 1);
        assert_eq!(
            said(vec![group("a", "new", 1, 1), stranger.clone()]),
            Some(("True", "every proxy is of revision new, 1.30.3".to_owned()))
        );
        assert_eq!(
            said(vec![
                group("a", "new", 1, 1),
                group("b", "old", 1, 1),
                stranger
            ]),
            Some((
                "False",
                "1 workload is to restart: Deployment sea/b runs with old".to_owned()
            ))
        );
    }

    #[test]
    fn after_an_upgrade_in_place_a_pod_from_before_is_outdated() {
        let mut before = revision("default", RevisionState::Superseded);
        before.name = "sea-before".to_owned();
        let revisions = [revision("default", RevisionState::Active), before];
        let history = [
            reached("1.30.3", 50),
            reached("1.30.3", 40),
            reached("1.29.6", 10),
        ];
        let status = |oldest, history: &[HistoryEntry]| {
            current(
                &revisions,
                history,
                &plane([group("a", "default", 1, oldest)]),
            )
            .map(|said| said.1)
        };
        assert_eq!(status(39, &history), Some("False"));
        assert_eq!(status(40, &history), Some("True"));
        assert_eq!(
            status(1, &history[..2]),
            Some("True"),
            "it never had another version"
        );
    }

    #[test]
    fn what_moved_before_the_promotion_of_a_canary_is_current() {
        let revisions = [
            revision("new", RevisionState::Active),
            revision("old", RevisionState::Superseded),
        ];
        let history = [reached("1.30.3", 50), reached("1.29.6", 10)];
        let said = current(&revisions, &history, &plane([group("a", "new", 1, 40)]));
        assert_eq!(said.map(|said| said.1), Some("True"));
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let candidate = [revision("new", RevisionState::Candidate)];
        assert_eq!(current(&candidate, &[], &plane([])), None);
        let active = [revision("new", RevisionState::Active)];
        assert_eq!(current(&active, &[], &DataPlane::default()), None);
    }
}
