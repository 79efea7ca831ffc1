//! Changes over the running control plane.

use RevisionState::{Active, Candidate, Superseded};
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::installation::UpgradePhase;
use mainsheet_crds::revision::RevisionState;
use serde_json::json;

use super::world::{World, old, stalled, want};
use crate::upgrade::fixtures::{policy, policy_of};
use crate::upgrade::{Leave, Said};

fn next_minor() -> crate::upgrade::Want {
    want("next", "1.30.3", "default")
}

#[test]
fn the_first_record_is_active_once_it_is_ready_and_its_webhooks_are_there_before() {
    let mut world = World::empty();
    world.broken.insert("old".into());
    world.settle();
    assert_eq!(world.state("old"), Candidate);
    assert!(world.is_alone("old"), "webhooks from the start");
    world.later(9999);
    assert_eq!(
        world.state("old"),
        Candidate,
        "there is nothing to go back to"
    );
    world.broken.clear();
    world.settle();
    assert_eq!((world.state("old"), world.phase()), (Active, None));
}

#[test]
fn the_next_minor_version_takes_over_when_it_is_ready() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.broken.insert("next".into());
    world.settle();
    assert_eq!(
        (world.state("old"), world.state("next")),
        (Active, Candidate)
    );
    assert_eq!(
        world.running,
        ["next"],
        "its objects are applied over the old ones"
    );
    world.broken.clear();
    world.settle();
    assert_eq!(
        (world.state("old"), world.state("next")),
        (Superseded, Active)
    );
    assert_eq!(world.phase(), Some(UpgradePhase::Completed));
}

#[test]
fn versions_that_are_too_far_are_refused_and_the_mesh_stays() {
    let mut world = World::installed(policy());
    for version in ["1.31.0", "1.28.10"] {
        world.want = want("far", version, "default");
        let said = world.settle();
        assert!(stalled(&said).contains(version) && stalled(&said).contains("1.29.6"));
        assert!(matches!(
            said.said,
            Said::Stalled(reasons::VERSION_REFUSED, _)
        ));
        assert_eq!(world.running, ["old"]);
    }
}

#[test]
fn a_record_in_the_history_can_be_gone_back_to() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.settle();
    world.want = old();
    let said = world.settle();
    assert_eq!(said.said, Said::Nothing);
    assert_eq!(
        (world.state("old"), world.state("next")),
        (Active, Superseded)
    );
}

#[test]
fn past_the_deadline_the_last_good_record_comes_back_and_the_reason_stays() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.broken.insert("next".into());
    world.settle();
    world.later(599);
    assert_eq!(world.state("next"), Candidate);
    let said = world.later(1);
    assert_eq!(
        (world.state("old"), world.state("next")),
        (Active, Superseded)
    );
    assert_eq!(world.phase(), Some(UpgradePhase::RolledBack));
    assert_eq!(world.running, ["old"]);
    let message = stalled(&said);
    assert!(message.contains("istiod of next") && message.contains("mainsheet.dev/retry=next"));

    // It is not tried again by itself, and is when asked.
    world.broken.clear();
    world.later(10_000);
    assert_eq!(world.state("next"), Superseded);
    world.retry = Some("next".into());
    world.settle();
    assert_eq!(world.state("next"), Active);
    assert_eq!(world.retry, None, "heard once");
}

#[test]
fn who_asks_for_another_and_for_the_failed_one_again_has_it_tried() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.broken.insert("next".into());
    world.settle();
    world.later(600);
    world.want = old();
    assert_eq!(world.settle().said, Said::Nothing);
    world.broken.clear();
    world.want = next_minor();
    world.settle();
    assert_eq!(world.state("next"), Active);
}

#[test]
fn a_plan_waits_for_approval_and_nothing_changes_until_then() {
    let mut world = World::installed(policy_of(&json!({"approval": "Manual"})));
    world.want = next_minor();
    let said = world.settle();
    assert!(said.gated);
    assert_eq!(world.phase(), Some(UpgradePhase::AwaitingApproval));
    assert_eq!(
        (world.state("old"), world.running.as_slice()),
        (Active, &["old".to_owned()][..])
    );
    world.leave = Leave::Given;
    world.turn();
    // Begun is begun: what is approved once is not asked about again.
    world.leave = Leave::Awaited;
    world.settle();
    assert_eq!(world.state("next"), Active);
}

#[test]
fn the_first_install_waits_for_approval_too() {
    let mut world = World::empty();
    world.policy = policy_of(&json!({"approval": "Manual"}));
    assert!(world.turn().gated && world.running.is_empty());
    world.leave = Leave::Given;
    world.settle();
    assert_eq!(world.state("old"), Active);
}

#[test]
fn what_a_check_forbids_is_not_begun_and_what_runs_is_kept() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.leave = Leave::Refused("nodes are too old".into());
    let said = world.settle();
    assert_eq!(
        said.said,
        Said::Stalled(reasons::PREFLIGHT_FAILED, "nodes are too old".into())
    );
    assert_eq!(
        (world.state("old"), world.running.as_slice()),
        (Active, &["old".to_owned()][..])
    );
    world.leave = Leave::Given;
    world.turn();
    // What has begun is not asked again.
    world.leave = Leave::Refused("nodes are too old".into());
    world.settle();
    assert_eq!(world.state("next"), Active);
}

#[test]
fn a_third_version_midway_is_refused_with_both_names_and_a_correction_is_taken() {
    let mut world = World::installed(policy());
    world.want = next_minor();
    world.broken.insert("next".into());
    world.settle();
    world.want = want("third", "1.31.0", "default");
    let said = world.settle();
    let message = stalled(&said);
    assert!(message.contains("old (1.29.6)") && message.contains("next (1.30.3)"));
    assert_eq!(world.running, ["next"], "it goes on");
    world.want = want("mended", "1.30.3", "default");
    world.settle();
    assert_eq!(
        (world.state("mended"), world.state("next")),
        (Active, Superseded)
    );
}

#[test]
fn workloads_restart_in_waves_once_the_control_plane_is_new() {
    let waves = json!({"dataPlane": {"mode": "Waves", "waves": [
        {"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": "60s"}]}, "soak": "0s"});
    let mut world = World::installed(policy_of(&waves));
    world.want = next_minor();
    world.settle();
    assert_eq!(world.state("next"), Active);
    assert_eq!(world.restarted, ["a"]);
    assert_eq!(world.phase(), Some(UpgradePhase::Soaking));
    world.later(60);
    assert_eq!(world.restarted, ["a", "b", "c"]);
    assert_eq!(world.phase(), Some(UpgradePhase::Completed));
}

#[test]
fn a_wave_that_fails_puts_the_last_good_record_back_before_it_restarts_what_had_moved() {
    let waves = json!({"dataPlane": {"mode": "Waves", "waves": [
        {"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": "60s"}]}});
    let mut world = World::installed(policy_of(&waves));
    world.want = next_minor();
    world.settle();
    world.failed = vec!["Deployment a/web: no progress".into()];
    world.now += 5;
    let said = world.turn();
    assert_eq!(said.running, ["old"]);
    assert_eq!(said.restarts, None, "not before it is back");
    world.failed.clear();
    let said = world.settle();
    assert_eq!(
        (world.state("old"), world.state("next")),
        (Active, Superseded)
    );
    assert_eq!(world.restarted, ["a", "a"]);
    assert_eq!(world.phase(), Some(UpgradePhase::RolledBack));
    assert!(stalled(&said).contains("no progress"));
}

#[test]
fn where_a_person_rolls_back_a_failed_wave_stops_and_says_so() {
    let waves = json!({"dataPlane": {"mode": "Waves", "rollback": "Manual", "waves": [
        {"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": "60s"}]}});
    let mut world = World::installed(policy_of(&waves));
    world.want = next_minor();
    world.settle();
    world.failed = vec!["Deployment a/web: no progress".into()];
    let said = world.settle();
    assert!(stalled(&said).contains("no progress"));
    assert_eq!(world.state("next"), Active);
    world.failed.clear();
    world.retry = Some("next".into());
    world.settle();
    assert_eq!(world.phase(), Some(UpgradePhase::Soaking));
}
