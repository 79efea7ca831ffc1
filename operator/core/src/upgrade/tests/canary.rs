//! Changes beside the running control plane.

use RevisionState::{Active, Candidate, Retiring, Superseded};
use mainsheet_crds::installation::UpgradePhase;
use mainsheet_crds::revision::RevisionState;
use mainsheet_manifests::Cover;
use serde_json::{Value, json};

use super::world::{World, new, old, stalled, want};
use crate::ambient::Ambient;
use crate::analysis::Judgement;
use crate::dataplane::DataPlane;
use crate::upgrade::fixtures::{at, group, policy_of};
use crate::upgrade::{Closed, Said, Target};

fn manual() -> Value {
    json!({"strategy": "Canary", "soak": "120s", "retirementGrace": "1h"})
}

fn in_waves() -> Value {
    json!({
        "strategy": "Canary", "soak": "120s", "retirementGrace": "1h",
        "dataPlane": {"mode": "Waves", "waves": [
            {"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": "60s"}]},
    })
}

fn with(mut upgrade: Value, field: &str, value: Value) -> Value {
    upgrade["dataPlane"][field] = value;
    upgrade
}

/// A candidate that has been watched for long enough.
fn verified(upgrade: &Value) -> World {
    let mut world = World::installed(policy_of(upgrade));
    world.want = new();
    world.settle();
    assert_eq!(world.phase(), Some(UpgradePhase::Verifying));
    world.now += 120;
    world
}

#[test]
fn a_candidate_comes_up_beside_the_active_one_and_takes_nothing_until_it_was_watched() {
    let mut world = World::installed(policy_of(&manual()));
    world.want = new();
    world.broken.insert("new".into());
    world.settle();
    assert_eq!(world.running, ["old", "new"]);
    assert_eq!(world.phase(), Some(UpgradePhase::Installing));
    world.broken.clear();
    let said = world.settle();
    assert_eq!(world.phase(), Some(UpgradePhase::Verifying));
    assert_eq!(said.wake, Some(at(world.now + 120)));
    assert_eq!(
        (said.shared.as_str(), world.cover("new")),
        ("old", Cover::none())
    );
}

#[test]
fn where_owners_restart_it_is_promoted_and_the_old_one_retires_when_nothing_uses_it() {
    let mut world = verified(&manual());
    let said = world.settle();
    assert_eq!((world.state("new"), world.state("old")), (Active, Retiring));
    assert_eq!(world.phase(), Some(UpgradePhase::Completed));
    assert!(world.is_alone("new"));
    assert_eq!(
        (said.shared.as_str(), said.gateways.as_str()),
        ("new", "new")
    );
    assert_eq!(said.restarts, None);
    assert_eq!(said.used_by["old"].len(), 3, "{:?}", said.used_by);

    world.later(99_999);
    assert_eq!(world.state("old"), Retiring, "its pods hold it");
    world.plane.groups = vec![group("a", "web", "1-30-3-4f2a91", 1)];
    let said = world.settle();
    assert_eq!(said.wake, Some(at(world.now + 3600)));
    world.later(3599);
    assert_eq!(world.running, ["new", "old"]);
    world.later(1);
    assert_eq!(world.state("old"), Superseded);
    assert_eq!(world.running, ["new"]);
}

#[test]
fn a_pod_that_comes_back_begins_the_grace_anew() {
    let mut world = verified(&manual());
    world.settle();
    world.plane.groups.clear();
    world.later(1800);
    world.plane.groups = vec![group("a", "web", "default", 1)];
    world.later(10);
    world.plane.groups.clear();
    world.later(3599);
    assert_eq!(world.state("old"), Retiring);
    world.later(3600);
    assert_eq!(world.state("old"), Superseded);
}

#[test]
fn what_is_not_seen_is_not_taken_for_unused() {
    let mut world = verified(&manual());
    world.settle();
    world.plane = DataPlane::default();
    world.later(999_999);
    assert_eq!(world.state("old"), Retiring);
}

#[test]
fn proxies_that_only_istiod_knows_of_hold_the_old_one() {
    let mut world = verified(&manual());
    world.proxies.insert("default".into(), 2);
    world.settle();
    world.plane.groups.clear();
    world.later(999_999);
    let said = world.settle();
    assert_eq!(world.state("old"), Retiring);
    assert_eq!(said.used_by["old"], ["2 proxies connected to its istiod"]);
    assert_eq!(said.wake, Some(at(world.now + 10)));
    world.proxies.clear();
    world.later(10);
    world.later(3599);
    assert_eq!(world.state("old"), Retiring, "the grace begins anew");
    // One that came in the grace is found at its end.
    world.proxies.insert("default".into(), 1);
    world.later(3600);
    assert_eq!(world.state("old"), Retiring);
    world.proxies.clear();
    world.later(10);
    world.later(3600);
    assert_eq!(world.state("old"), Superseded);
}

#[test]
fn a_ztunnel_that_has_not_rolled_out_holds_the_old_one() {
    let mut world = verified(&manual());
    world.settle();
    world.plane.groups.clear();
    world.ambient = Ambient::for_tests("blue", false);
    world.later(999_999);
    assert_eq!(world.state("old"), Retiring);
    let said = world.settle();
    assert_eq!(
        said.used_by["old"],
        ["ambient mode of shop (DaemonSet mesh/ztunnel has not rolled out)"]
    );
    world.ambient = Ambient::for_tests("1-30-3-4f2a91", true);
    world.settle();
    world.later(3600);
    assert_eq!(world.state("old"), Superseded);
}

#[test]
fn waves_go_in_order_and_what_no_wave_selects_comes_last() {
    let mut world = verified(&in_waves());
    world.settle();
    assert_eq!(world.restarted, ["a"]);
    assert_eq!(world.cover("new"), Cover::Only(["a".to_owned()].into()));
    assert_eq!(world.cover("old"), Cover::AllBut(["a".to_owned()].into()));
    let upgrade = world.facts.upgrade.clone().unwrap();
    assert_eq!(upgrade.wave.as_deref(), Some("one"));
    assert_eq!((upgrade.moved, upgrade.total), (Some(1), Some(3)));
    world.later(60);
    assert_eq!(world.restarted, ["a", "b", "c"]);
    assert_eq!(
        world.facts.upgrade.as_ref().unwrap().wave.as_deref(),
        Some("rest")
    );
    world.later(120);
    assert_eq!((world.state("new"), world.state("old")), (Active, Retiring));
    assert!(world.is_alone("new"));
    world.later(3600);
    assert_eq!(world.state("old"), Superseded);
    assert_eq!(world.restarted.len(), 3, "each once");
}

#[test]
fn a_wave_waits_for_a_window() {
    let mut world = verified(&in_waves());
    world.closed = Some(Closed {
        opens: Some(at(9000)),
    });
    let said = world.settle();
    assert_eq!(world.phase(), Some(UpgradePhase::AwaitingWindow));
    assert_eq!((said.wake, said.restarts), (Some(at(9000)), None));
    assert_eq!(world.cover("new"), Cover::none());
    world.closed = None;
    world.settle();
    assert_eq!(world.restarted, ["a"]);
}

#[test]
fn a_candidate_that_never_becomes_ready_is_dropped_and_nothing_had_moved() {
    let mut world = World::installed(policy_of(&in_waves()));
    world.want = new();
    world.broken.insert("new".into());
    world.settle();
    let said = world.later(600);
    assert_eq!(
        (world.state("old"), world.state("new")),
        (Active, Superseded)
    );
    assert_eq!(world.running, ["old"]);
    assert!(world.is_alone("old"));
    assert!(stalled(&said).contains("istiod of new"));
}

#[test]
fn a_failing_rollout_brings_everything_back() {
    let mut world = verified(&in_waves());
    world.settle();
    world.later(60);
    assert_eq!(world.pods_of("1-30-3-4f2a91"), 3);
    world.failed = vec!["Deployment b/web: no progress".into()];
    world.turn();
    world.failed.clear();
    let said = world.settle();
    assert_eq!(
        (world.state("old"), world.state("new")),
        (Active, Superseded)
    );
    assert_eq!(world.pods_of("default"), 3);
    assert!(world.is_alone("old"));
    assert_eq!(world.phase(), Some(UpgradePhase::RolledBack));
    assert!(stalled(&said).contains("wave rest: Deployment b/web"));
}

#[test]
fn measurements_fail_a_wave_only_in_a_row() {
    let analysis = json!({"prometheus": {"address": "http://p", "queries": [{"name": "errors", "query": "q"}]}});
    let mut world = verified(&with(in_waves(), "analysis", analysis));
    assert!(world.settle().measure);
    let failed = |what: &str| Judgement::Failed(what.to_owned());
    let unknown = Judgement::Unknown("errors: no answer".to_owned());
    for judgement in [failed("3"), Judgement::Good, failed("4"), unknown] {
        world.measured = Some(judgement);
        world.turn();
    }
    world.later(99);
    world.measured = Some(Judgement::Unknown("errors: no answer".to_owned()));
    world.turn();
    assert_eq!(
        world.phase(),
        Some(UpgradePhase::Soaking),
        "what is not known neither fails a wave nor passes it"
    );
    world.measured = Some(failed("errors is 5"));
    let said = world.settle();
    assert!(stalled(&said).contains("errors is 5"));
    assert_eq!(world.pods_of("default"), 3);
}

#[test]
fn a_good_measurement_at_its_end_passes_a_wave() {
    let analysis = json!({"prometheus": {"address": "http://p", "queries": [{"name": "errors", "query": "q"}]}});
    let mut world = verified(&with(in_waves(), "analysis", analysis));
    world.settle();
    world.later(60);
    assert_eq!(world.restarted, ["a"]);
    world.measured = Some(Judgement::Good);
    world.settle();
    assert_eq!(world.restarted, ["a", "b", "c"]);
}

#[test]
fn where_a_person_rolls_back_it_stops_where_it_is_until_then() {
    let mut world = verified(&with(in_waves(), "rollback", json!("Manual")));
    world.settle();
    world.failed = vec!["Deployment a/web: no progress".into()];
    let said = world.later(1);
    assert!(stalled(&said).contains("no progress"));
    assert_eq!(world.cover("new"), Cover::Only(["a".to_owned()].into()));
    assert_eq!(world.pods_of("1-30-3-4f2a91"), 1);
    world.failed.clear();
    world.want = old();
    world.settle();
    assert_eq!(world.state("new"), Superseded);
    assert_eq!(world.pods_of("default"), 3);
}

#[test]
fn asking_for_the_old_one_again_rolls_back_without_a_complaint() {
    let mut world = verified(&in_waves());
    world.settle();
    world.want = old();
    let said = world.settle();
    assert_eq!(said.said, Said::Nothing);
    assert_eq!(
        (world.state("old"), world.state("new")),
        (Active, Superseded)
    );
    assert_eq!(world.restarted, ["a", "a"]);
    assert!(world.is_alone("old"));
}

#[test]
fn after_promotion_the_retiring_one_can_be_gone_back_to() {
    let mut world = verified(&in_waves());
    world.settle();
    world.later(60);
    world.later(120);
    assert_eq!(world.state("old"), Retiring);
    world.want = old();
    world.settle();
    assert_eq!(world.state("old"), Candidate);
    world.later(120);
    world.later(60);
    world.later(120);
    assert_eq!((world.state("old"), world.state("new")), (Active, Retiring));
    assert_eq!(world.pods_of("default"), 3);
}

#[test]
fn a_third_version_midway_is_refused_with_both_names() {
    let mut world = verified(&in_waves());
    world.settle();
    world.want = want("third", "1.31.0", "1-31-0-aaaaaa");
    let said = world.settle();
    let message = stalled(&said);
    assert!(
        message.contains("old (1.29.6)") && message.contains("new (1.30.3)"),
        "{message}"
    );
    assert_eq!(world.running, ["old", "new"]);
    world.want = new();
    assert!(matches!(world.settle().said, Said::Working(..)));
}

#[test]
fn settings_can_be_corrected_as_long_as_nothing_has_moved() {
    let mut world = World::installed(policy_of(&in_waves()));
    world.want = new();
    world.broken.insert("new".into());
    world.settle();
    world.want = want("mended", "1.30.3", "1-30-3-bbbbbb");
    world.settle();
    assert_eq!(
        (world.state("new"), world.state("mended")),
        (Superseded, Candidate)
    );
    assert_eq!(world.running, ["old", "mended"]);
}

#[test]
fn what_only_an_owner_can_restart_is_listed_and_holds_retirement_alone() {
    let mut world = verified(&in_waves());
    world.plane.groups.push(group("a", "bare", "default", 1));
    world.left = vec!["Deployment a/bare".into()];
    world.settle();
    assert_eq!(world.phase(), Some(UpgradePhase::Soaking));
    assert_eq!(
        world.facts.upgrade.as_ref().unwrap().left_to_owners,
        ["Deployment a/bare"]
    );
    world.later(60);
    world.later(120);
    let said = world.later(99_999);
    assert_eq!(world.state("old"), Retiring);
    assert_eq!(said.used_by["old"], ["Deployment a/bare (1 pod)"]);
}

#[test]
fn gateways_go_first_or_last() {
    let gateways = |order: &str| {
        let mut world = verified(&with(in_waves(), "gateways", json!(order)));
        world.settle().gateways
    };
    assert_eq!(gateways("First"), "new");
    assert_eq!(gateways("Last"), "old");
}

#[test]
fn a_tag_of_the_candidate_points_at_it_once_it_is_ready() {
    let mut world = World::installed(policy_of(&manual()));
    world.policy.tags = [("next".to_owned(), Target::Candidate)].into();
    world.settle();
    let tag = |world: &World| {
        let mut serves = world.look().serves.into_iter();
        serves
            .find(|serve| serve.name == "next")
            .map(|serve| serve.to)
    };
    assert_eq!(tag(&world).as_deref(), Some("old"));
    world.want = new();
    world.broken.insert("new".into());
    world.settle();
    assert_eq!(tag(&world).as_deref(), Some("old"));
    world.broken.clear();
    world.settle();
    assert_eq!(tag(&world).as_deref(), Some("new"));
}

#[test]
fn a_tag_of_a_name_that_is_not_there_points_nowhere() {
    let mut world = World::installed(policy_of(&manual()));
    world.policy.tags = [("gone".to_owned(), Target::Revision("nowhere".to_owned()))].into();
    let said = world.settle();
    assert!(said.serves.iter().all(|serve| serve.name != "gone"));
}
