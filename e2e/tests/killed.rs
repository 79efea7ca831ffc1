//! The operator is killed at every transition of a canary upgrade and started again: nothing is
//! lost of it, and it ends as one that was left alone.

use anyhow::{Context, Result};
use hack::poll;
use mainsheet_e2e::{
    Creator, DEADLINE, Deployment, Injector, World, injected_by, installation, namespace,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const NAMESPACES: [&str; 3] = ["first", "second", "third"];
const LONG: Duration = Duration::from_mins(5);

fn mesh(version: &str, values: &Value) -> String {
    let waves: Vec<Value> = NAMESPACES[..2]
        .iter()
        .map(|name| {
            json!({"name": name, "soak": "2s",
                   "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
        })
        .collect();
    installation(
        "mesh",
        &json!({
            "profile": "minimal", "version": version, "values": values,
            "upgrade": {"strategy": "Canary", "soak": "5s", "retirementGrace": "2s",
                        "dataPlane": {"mode": "Waves", "waves": waves}},
        }),
    )
}

/// Where the upgrade stands, as far as a person can tell.
fn stage(mi: &Value) -> String {
    let upgrade = &mi["status"]["upgrade"];
    let states: Vec<String> = mi["status"]["revisions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| format!("{}={}", one["istioRevision"], one["state"]))
        .collect();
    format!(
        "{} {} {}",
        upgrade["phase"],
        upgrade["wave"],
        states.join(",")
    )
}

fn is_over(mi: &Value, new: &str) -> bool {
    let revisions = mi["status"]["revisions"].as_array();
    let settled = revisions.is_some_and(|all| all.iter().all(|one| one["state"] != "Retiring"));
    // What is over is told until the old revision is gone.
    let phase = &mi["status"]["upgrade"]["phase"];
    (phase.is_null() || phase == "Completed") && mi["status"]["revision"] == new && settled
}

#[test]
fn an_upgrade_survives_the_operator_being_killed_at_every_transition() -> Result<()> {
    let world = World::new("killed")?;
    let mut operator = world.start_operator()?;
    let injector = Injector::start()?;
    injector.marks("old", "default");
    world.apply(&mesh("1.29.6", &injector.values("old")))?;
    world.wait_ready("mesh")?;
    for name in NAMESPACES {
        let web = Deployment {
            namespace: name,
            name: "web",
            replicas: 3,
            labels: &[],
        };
        world.apply(&namespace(name, &[("istio-injection", "enabled")]).to_string())?;
        world.apply(&web.document().to_string())?;
    }
    let all_by = |revision: &str| {
        let key = |name: &str| (name.to_owned(), revision.to_owned());
        injected_by(&world).map(|counts| {
            NAMESPACES
                .iter()
                .all(|name| counts.get(&key(name)) == Some(&3))
        })
    };
    poll::until(
        "the pods",
        DEADLINE,
        || Ok(all_by("default")?.then_some(())),
    )?;

    let creator = Creator::start(world.cluster().kubeconfig(), &NAMESPACES)?;
    let mark = world.mark()?;
    world.apply(&mesh("1.30.3", &injector.values("new")))?;
    let candidate = |mi: &Value| {
        let revisions = mi["status"]["revisions"].as_array()?;
        let one = revisions.iter().find(|one| one["state"] == "Candidate")?;
        one["istioRevision"].as_str().map(str::to_owned)
    };
    let seen = world.wait("mesh", "a candidate", |mi| candidate(mi).is_some())?;
    let new = candidate(&seen).context("no candidate")?;
    injector.marks("new", &new);

    let mut stages = BTreeSet::new();
    let started = Instant::now();
    while started.elapsed() < LONG {
        let mi = world.installation("mesh")?;
        if is_over(&mi, &new) {
            break;
        }
        if stages.insert(stage(&mi)) {
            operator.kill()?;
            operator = world.start_operator()?;
        }
    }
    world.wait("mesh", "the end of the upgrade", |mi| is_over(mi, &new))?;
    poll::until("the moved pods", DEADLINE, || {
        Ok(all_by(&new)?.then_some(()))
    })?;
    assert!(
        stages.len() >= 6,
        "too few transitions were seen: {stages:?}"
    );
    let asked = world.requests(mark)?;
    assert!(asked.never_wrote("namespaces"), "{}", asked.summary());
    let report = creator.stop()?;
    assert_eq!(report.bare, Vec::<String>::new(), "pods without a sidecar");
    assert_eq!(
        report.refused,
        Vec::<String>::new(),
        "pods that were blocked"
    );
    assert!(injector.calls().iter().all(|call| !call.again));
    operator.stop()
}
