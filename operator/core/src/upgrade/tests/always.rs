//! What holds whatever happens.

use std::sync::OnceLock;

use mainsheet_crds::revision::RevisionState;
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, new, old, want};
use crate::dataplane::DataPlane;
use crate::upgrade::fixtures::{group, policy_of};
use crate::upgrade::{Facts, Policy};

/// Something that happens to a mesh.
#[derive(Clone, Debug)]
enum Event {
    Wants(usize),
    Breaks(usize),
    Mends,
    Passes(i64),
    RolloutFails,
    Blind,
    Sees,
    Pod(bool),
    Proxy(bool),
    StatusLost,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0usize..4).prop_map(Event::Wants),
        1 => (0usize..4).prop_map(Event::Breaks),
        2 => Just(Event::Mends),
        4 => prop_oneof![Just(1i64), Just(61), Just(121), Just(601), Just(3601)].prop_map(Event::Passes),
        1 => Just(Event::RolloutFails),
        1 => Just(Event::Blind),
        2 => Just(Event::Sees),
        1 => any::<bool>().prop_map(Event::Pod),
        1 => any::<bool>().prop_map(Event::Proxy),
        1 => Just(Event::StatusLost),
    ]
}

fn wishes() -> [crate::upgrade::Want; 4] {
    [
        old(),
        new(),
        want("third", "1.30.3", "1-30-3-cccccc"),
        want("over", "1.29.6", "default"),
    ]
}

fn happen(world: &mut World, event: &Event, seen: &mut Option<DataPlane>) {
    match event {
        Event::Wants(which) => world.want = wishes()[*which].clone(),
        Event::Breaks(which) => {
            world.broken.insert(wishes()[*which].record.clone());
        }
        Event::Mends => {
            world.broken.clear();
            world.failed.clear();
        }
        Event::Passes(seconds) => world.now += seconds,
        Event::RolloutFails => world.failed = vec!["Deployment a/web: no".into()],
        Event::Blind => {
            let plane = std::mem::take(&mut world.plane);
            if plane.complete {
                *seen = Some(plane);
            }
        }
        Event::Sees => {
            if let Some(plane) = seen.take() {
                world.plane = plane;
            }
        }
        Event::Pod(there) => {
            world
                .plane
                .groups
                .retain(|group| &*group.workload.name != "late");
            if *there && world.plane.complete {
                world.plane.groups.push(group("b", "late", "default", 1));
            }
        }
        Event::Proxy(there) => world.connect(u64::from(*there)),
        Event::StatusLost => world.facts.upgrade = None,
    }
}

/// The Istio revisions whose control planes are there.
fn revisions(world: &World) -> Vec<String> {
    let running = world.running.iter();
    running
        .filter_map(|name| world.facts.record(name))
        .map(|record| record.istio_revision.clone())
        .collect()
}

/// Made once: reading a spec costs more than a whole migration.
fn in_waves() -> Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let make = || {
        policy_of(&json!({
            "strategy": "Canary", "soak": "120s", "retirementGrace": "1h",
            "dataPlane": {"mode": "Waves", "waves": [
                {"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": "60s"}]},
        }))
    };
    POLICY.get_or_init(make).clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_that_is_used_or_not_known_to_be_unused_goes(events in prop::collection::vec(event(), 1..40)) {
        let mut world = World::installed(in_waves());
        let mut hidden = None;
        for event in &events {
            happen(&mut world, event, &mut hidden);
            for _ in 0..3 {
                let before = revisions(&world);
                let plane = world.plane.clone();
                world.turn();
                let after = revisions(&world);
                for gone in before.iter().filter(|revision| !after.contains(revision)) {
                    prop_assert!(plane.complete, "{gone} went unseen after {event:?}");
                    let used = plane.groups.iter().any(|group| *group.revision == **gone);
                    let connected = world.proxies.get(gone).is_some_and(|count| *count > 0);
                    prop_assert!(!used && !connected, "{gone} went in use after {event:?}");
                }
                for namespace in ["a", "b", "c"] {
                    world.injector_of(namespace);
                }
                let active = world.facts.records.iter()
                    .filter(|record| record.standing.state == RevisionState::Active);
                prop_assert_eq!(active.count(), 1);
            }
        }
    }

    #[test]
    fn asked_again_it_answers_the_same(events in prop::collection::vec(event(), 1..30)) {
        let mut world = World::installed(in_waves());
        let mut hidden = None;
        for event in &events {
            happen(&mut world, event, &mut hidden);
            world.measured = None;
            world.turn();
            let first = world.look();
            world.store(&first);
            let again = world.look();
            world.store(&again);
            prop_assert_eq!(&again.standings, &world.look().standings);
            prop_assert_eq!(&again.upgrade, &world.look().upgrade);
            prop_assert_eq!(&again.running, &world.look().running);
        }
    }

    #[test]
    fn left_alone_and_well_it_comes_to_an_end(events in prop::collection::vec(event(), 1..20), last in 0usize..4) {
        let mut world = World::installed(in_waves());
        let mut hidden = None;
        for event in &events {
            happen(&mut world, event, &mut hidden);
            world.turn();
        }
        for event in [Event::Sees, Event::Mends, Event::Proxy(false), Event::Wants(0)] {
            happen(&mut world, &event, &mut hidden);
        }
        for _ in 0..20 {
            world.later(601);
        }
        happen(&mut world, &Event::Wants(last), &mut hidden);
        // What failed on the way is tried again only when somebody asks.
        world.retry = Some(world.want.record.clone());
        for _ in 0..20 {
            world.later(601);
        }
        prop_assert_eq!(world.state(&wishes()[last].record), RevisionState::Active);
    }
}

#[test]
fn lost_states_take_nothing_away() {
    let mut world = World::installed(policy_of(&json!({"strategy": "Canary"})));
    world.want = new();
    world.settle();
    world.later(120);
    let live = revisions(&world).into_iter().collect();
    for record in &mut world.facts.records {
        record.standing = crate::upgrade::Standing::default();
    }
    world.facts = Facts {
        upgrade: None,
        ..world.facts.mended(&live)
    };
    let said = world.look();
    assert!(
        world.running.iter().all(|name| said.running.contains(name)),
        "{said:#?}"
    );
}
