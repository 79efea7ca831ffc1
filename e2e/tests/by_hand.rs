//! People in the way of a canary: a plan that is approved, a window that is closed, a wish that is
//! taken back, a mesh that is paused.

use anyhow::{Context, Result, ensure};
use hack::poll;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mainsheet_e2e::{
    DEADLINE, Deployment, Injector, World, injected_by, installation, is_ready, namespace,
    ready_message,
};
use serde_json::{Value, json};

const USER: &str = "shop";
const PODS: usize = 2;

/// A window of the day that opens and closes this many hours from now, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the operator under test reads the clock too"
)]
fn window(from: i64, to: i64) -> Value {
    let at = |hours: i64| {
        let time = (Timestamp::now() + SignedDuration::from_hours(hours)).to_zoned(TimeZone::UTC);
        time.strftime("%H:%M").to_string()
    };
    json!([{"from": at(from), "to": at(to)}])
}

fn mesh(version: &str, values: &Value, windows: &Value) -> String {
    installation(
        "mesh",
        &json!({
            "profile": "minimal", "version": version, "values": values,
            "upgrade": {
                "strategy": "Canary", "approval": "Manual", "soak": "1s", "retirementGrace": "1s",
                "dataPlane": {"mode": "Waves", "windows": windows},
            },
        }),
    )
}

/// A command of the CLI, which must succeed.
fn run(world: &World, words: &[&str]) -> Result<String> {
    let output = world.mainsheet(words).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{words:?}: {said}");
    Ok(said)
}

fn phase(phase: &str) -> impl Fn(&Value) -> bool + '_ {
    move |mi| mi["status"]["upgrade"]["phase"] == phase
}

fn approve(world: &World) -> Result<()> {
    world.wait("mesh", "a plan", |mi| {
        mi["status"]["plan"]["awaitsApproval"] == true
            && mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
    })?;
    run(world, &["approve", "mesh", "-y"]).map(|_| ())
}

fn control_planes(world: &World) -> Result<usize> {
    let found = world.json(&["get", "deployments", "-n", "istio-system"])?;
    Ok(found["items"].as_array().map_or(0, Vec::len))
}

fn wait_injected(world: &World, revision: &str) -> Result<()> {
    poll::until(&format!("pods by {revision}"), DEADLINE, || {
        let counts = injected_by(world)?;
        let count = counts.get(&(USER.to_owned(), revision.to_owned()));
        Ok((count == Some(&PODS)).then_some(()))
    })
}

#[test]
fn a_canary_waits_for_people_and_windows_goes_back_and_stands_still() -> Result<()> {
    let world = World::new("by-hand")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    let closed = window(2, 3);
    injector.marks("old", "default");
    world.apply(&mesh("1.29.6", &injector.values("old"), &closed))?;
    approve(&world).context("of the first install")?;
    world.wait_ready("mesh")?;
    world.apply(&namespace(USER, &[("istio-injection", "enabled")]).to_string())?;
    let web = Deployment {
        namespace: USER,
        name: "web",
        replicas: u32::try_from(PODS)?,
        labels: &[],
    };
    world.apply(&web.document().to_string())?;
    wait_injected(&world, "default")?;

    // Nothing before the approval, and nothing moves before the window opens.
    let wanted = mesh("1.30.3", &injector.values("new"), &closed);
    world.apply(&wanted)?;
    world.wait("mesh", "the plan", phase("AwaitingApproval"))?;
    assert_eq!(control_planes(&world)?, 1);
    approve(&world)?;
    let waiting = world.wait("mesh", "the window", phase("AwaitingWindow"))?;
    assert!(
        ready_message(&waiting).contains("window"),
        "{:?}",
        ready_message(&waiting)
    );
    assert_eq!(control_planes(&world)?, 2);

    // The wish is taken back: the candidate goes, without an approval.
    world.apply(&mesh("1.29.6", &injector.values("old"), &closed))?;
    world.wait("mesh", "the way back", is_ready)?;
    poll::until("the candidate to be gone", DEADLINE, || {
        Ok((control_planes(&world)? == 1).then_some(()))
    })?;
    wait_injected(&world, "default")?;

    // Once more, by the same plan, whose approval stands. Paused, nobody moves though the window
    // opens, before the mesh is resumed.
    world.apply(&wanted)?;
    let seen = world.wait("mesh", "the window", phase("AwaitingWindow"))?;
    let revisions = seen["status"]["revisions"].as_array();
    let candidate = revisions
        .and_then(|all| all.iter().find(|one| one["state"] == "Candidate"))
        .and_then(|one| one["istioRevision"].as_str())
        .context("no candidate")?;
    injector.marks("new", candidate);
    run(&world, &["pause", "mesh"])?;
    let suspended = |mi: &Value| {
        mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
            && mi["status"].to_string().contains("\"Suspended\"")
    };
    world.wait("mesh", "the pause", suspended)?;
    let mark = world.mark()?;
    let open = json!({"spec": {"upgrade": {"dataPlane": {"windows": window(-1, 1)}}}}).to_string();
    let patch = ["patch", "mi", "mesh", "--type=merge", "-p", &open];
    world.kubectl(&patch)?;
    world.wait("mesh", "the open window to be seen", suspended)?;
    let writes = world.requests(mark)?;
    assert!(writes.object_writes().is_empty(), "{}", writes.summary());

    run(&world, &["resume", "mesh"])?;
    world.wait("mesh", "promotion", |mi| {
        mi["status"]["revision"] == candidate && is_ready(mi)
    })?;
    wait_injected(&world, candidate)?;
    operator.stop()
}
