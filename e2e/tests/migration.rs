//! Two thousand pods in a hundred namespaces move to a new revision, in waves, while a witness
//! creates pods all the while: none comes up without a sidecar, none is injected twice, and nobody's
//! namespace is touched.

use anyhow::{Context, Result};
use hack::poll;
use mainsheet_e2e::{Creator, Deployment, Injector, World, injected_by, installation, namespace};
use serde_json::{Value, json};
use std::time::Duration;

const NAMESPACES: usize = 100;
const PODS: u32 = 20;
/// A hundred rollouts, one after the other or a few at a time, on whatever machine this is.
const DEADLINE: Duration = Duration::from_mins(8);

fn mesh(version: &str, values: &Value) -> String {
    let wave = |name: &str, parallel: u32| {
        json!({"name": name, "namespaceSelector": {"matchLabels": {"wave": name}},
               "parallel": parallel, "soak": "1s"})
    };
    installation(
        "mesh",
        &json!({
            "profile": "minimal", "version": version, "values": values,
            "upgrade": {
                "strategy": "Canary", "soak": "5s", "retirementGrace": "1s",
                "dataPlane": {"mode": "Waves",
                              "waves": [wave("canary", 1), wave("early", 10), wave("most", 20)]},
            },
        }),
    )
}

/// A few namespaces dare first, a tenth comes early, most follow, and some have no wave.
fn wave_of(number: usize) -> Option<&'static str> {
    match number {
        0..3 => Some("canary"),
        3..13 => Some("early"),
        13..90 => Some("most"),
        _ => None,
    }
}

fn name(number: usize) -> String {
    format!("shop-{number:03}")
}

/// The hundred namespaces with their workloads, as one list.
fn users() -> String {
    let documents = (0..NAMESPACES).flat_map(|number| {
        let name = name(number);
        let mut labels = vec![("istio-injection", "enabled")];
        labels.extend(wave_of(number).map(|wave| ("wave", wave)));
        let web = Deployment {
            namespace: &name,
            name: "web",
            replicas: PODS,
            labels: &[],
        };
        [namespace(&name, &labels), web.document()]
    });
    json!({"apiVersion": "v1", "kind": "List", "items": documents.collect::<Vec<_>>()}).to_string()
}

/// Waits until every pod of every namespace is injected by this revision.
fn wait_injected(world: &World, revision: &str) -> Result<()> {
    let wanted = NAMESPACES * PODS as usize;
    let mut last = 0;
    let all = poll::until(&format!("{wanted} pods of {revision}"), DEADLINE, || {
        let counts = injected_by(world)?;
        last = counts
            .iter()
            .filter(|((namespace, by), _)| namespace.starts_with("shop-") && by == revision)
            .map(|(_, count)| count)
            .sum();
        Ok((last >= wanted).then_some(()))
    });
    all.with_context(|| format!("{last} pods have it"))
}

fn candidate(mi: &Value) -> Option<&str> {
    let revisions = mi["status"]["revisions"].as_array()?;
    let candidate = revisions.iter().find(|one| one["state"] == "Candidate")?;
    candidate["istioRevision"].as_str()
}

#[test]
#[ignore = "takes minutes: cargo test -p mainsheet-e2e --test migration -- --ignored"]
fn two_thousand_pods_move_and_none_comes_up_bare_or_twice_injected() -> Result<()> {
    let world = World::new("migration")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    injector.marks("old", "default");
    world.apply(&mesh("1.29.6", &injector.values("old")))?;
    world.wait_ready("mesh")?;
    world.apply(&users())?;
    wait_injected(&world, "default")?;

    let witnessed = [0, 5, 40, 95].map(name);
    let witnessed: Vec<&str> = witnessed.iter().map(String::as_str).collect();
    let creator = Creator::start(world.cluster().kubeconfig(), &witnessed)?;
    let mark = world.mark()?;
    world.apply(&mesh("1.30.3", &injector.values("new")))?;
    let seen = world.wait("mesh", "a candidate", |mi| candidate(mi).is_some())?;
    let new = candidate(&seen).unwrap_or_default().to_owned();
    injector.marks("new", &new);

    let done = world.wait_for("mesh", DEADLINE, "the end of the upgrade", |mi| {
        let phase = &mi["status"]["upgrade"]["phase"];
        (phase.is_null() || phase == "Completed") && mi["status"]["revision"] == json!(new)
    })?;
    assert_eq!(done["status"]["version"], "1.30.3");
    wait_injected(&world, &new)?;
    let report = creator.stop()?;
    assert_eq!(report.bare, Vec::<String>::new(), "pods without a sidecar");
    assert_eq!(
        report.refused,
        Vec::<String>::new(),
        "pods that were blocked"
    );
    let twice: Vec<_> = injector
        .calls()
        .into_iter()
        .filter(|call| call.again)
        .collect();
    assert!(twice.is_empty(), "injected twice: {twice:?}");
    for revision in ["default", new.as_str()] {
        let seen = report.injected.iter().any(|((_, by), _)| by == revision);
        assert!(
            seen,
            "the witness saw no pod of {revision}: {:?}",
            report.injected
        );
    }

    // Nobody's labels were edited, and the old control plane went once nothing used it.
    let requests = world.requests(mark)?;
    let touched = requests.object_writes();
    let touched: Vec<_> = touched
        .iter()
        .filter(|e| e.resource == "namespaces")
        .collect();
    assert!(touched.is_empty(), "{touched:?}");
    world.wait("mesh", "the old revision to be gone", |mi| {
        let revisions = mi["status"]["revisions"].as_array();
        revisions.is_some_and(|all| all.iter().all(|one| one["state"] != "Retiring"))
    })?;
    let deployments = world.kubectl(&["get", "deployments", "-n", "istio-system", "-o", "name"])?;
    assert_eq!(deployments.trim(), format!("deployment.apps/istiod-{new}"));
    operator.stop()
}
