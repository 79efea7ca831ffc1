//! Changes over the running control plane: edges, the way back by name, the deadline, approval.

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{World, installation};
use serde_json::{Value, json};

fn mesh(spec: &Value) -> String {
    let mut all = json!({"profile": "minimal"});
    for (field, value) in spec.as_object().into_iter().flatten() {
        all[field] = value.clone();
    }
    installation("mesh", &all)
}

fn image(world: &World) -> Result<String> {
    let istiod = world.json(&["get", "deployment", "istiod", "-n", "istio-system"])?;
    let image = &istiod["spec"]["template"]["spec"]["containers"][0]["image"];
    Ok(image.as_str().unwrap_or_default().to_owned())
}

fn runs(world: &World, version: &str) -> Result<Value> {
    let found = world.wait("mesh", version, |mi| {
        mainsheet_e2e::conditions(mi).contains(&"Ready=True".to_owned())
            && mi["status"]["version"] == version
            && mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
    })?;
    ensure!(image(world)?.ends_with(version), "{}", image(world)?);
    Ok(found)
}

/// The record of a version.
fn record(mi: &Value, version: &str) -> Result<String> {
    let mut all = mi["status"]["revisions"].as_array().into_iter().flatten();
    let one = all.find(|one| one["version"] == version);
    let name = one.and_then(|one| one["name"].as_str());
    Ok(name.context("no such record")?.to_owned())
}

#[test]
fn one_minor_version_after_the_other_and_back_by_name() -> Result<()> {
    let world = World::new("in-place")?;
    let operator = world.start_operator()?;
    world.apply(&mesh(&json!({"version": "1.28.10"})))?;
    runs(&world, "1.28.10")?;

    world.apply(&mesh(&json!({"version": "1.30.3"})))?;
    let message = world.wait_stalled("mesh")?;
    assert!(
        message.contains("1.30.3 cannot follow 1.28.10") && message.contains("1.29"),
        "{message}"
    );
    assert!(image(&world)?.ends_with("1.28.10"), "nothing was touched");

    for version in ["1.29.6", "1.30.3"] {
        let mark = world.mark()?;
        world.apply(&mesh(&json!({"version": version})))?;
        runs(&world, version)?;
        let asked = world.requests(mark)?;
        let applied = asked.places("deployments", &["patch"]).len();
        assert_eq!(applied, 1, "{}", asked.summary());
        for kept in ["deployments", "services", "mutatingwebhookconfigurations"] {
            let deleted = asked.places(kept, &["delete"]);
            assert!(deleted.is_empty(), "{}", asked.summary());
        }
    }
    let now = world.installation("mesh")?;
    let outcomes: Vec<&Value> = now["status"]["history"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| &entry["version"])
        .collect();
    assert_eq!(outcomes, ["1.30.3", "1.29.6", "1.28.10"]);
    let story = world.kubectl(&["get", "mrev"])?;
    assert_eq!(story.matches("Superseded").count(), 2, "{story}");
    assert_eq!(story.matches("Active").count(), 1, "{story}");

    // Back to a kept record by name, however far, and forward again when the name is taken away.
    let first = record(&now, "1.28.10")?;
    let annotation = format!("mainsheet.dev/rollback-to={first}");
    world.kubectl(&["annotate", "mi", "mesh", &annotation])?;
    runs(&world, "1.28.10")?;
    world.kubectl(&["annotate", "mi", "mesh", "mainsheet.dev/rollback-to-"])?;
    runs(&world, "1.30.3")?;

    world.kubectl(&[
        "annotate",
        "mi",
        "mesh",
        "mainsheet.dev/rollback-to=nothing",
    ])?;
    let message = world.wait_stalled("mesh")?;
    assert!(
        message.contains("\"nothing\"") && message.contains(&first),
        "{message}"
    );
    operator.stop()
}

#[test]
fn what_does_not_become_ready_is_undone_with_the_reason() -> Result<()> {
    let world = World::new("undone")?;
    let operator = world.start_operator()?;
    world.apply(&mesh(&json!({"version": "1.29.6"})))?;
    let before = runs(&world, "1.29.6")?;

    // Its pods are scheduled nowhere.
    let nowhere = json!({
        "version": "1.30.3",
        "upgrade": {"readyTimeout": "3s"},
        "components": {"pilot": {"k8s": {"nodeSelector": {"nowhere": "yes"}}}},
    });
    world.apply(&mesh(&nowhere))?;
    let message = world.wait_stalled("mesh")?;
    assert!(
        message.contains("not ready after 3s") && message.contains("istiod"),
        "{message}"
    );
    assert!(image(&world)?.ends_with("1.29.6"));
    let after = world.installation("mesh")?;
    assert_eq!(after["status"]["version"], "1.29.6");
    assert_eq!(after["status"]["upgrade"]["phase"], "RolledBack");
    assert_eq!(after["status"]["history"][0]["outcome"], "RolledBack");
    assert_eq!(after["spec"]["version"], "1.30.3", "the spec is the user's");
    let failed = record(&after, "1.30.3")?;
    let failure = world.json(&["get", "mrev", &failed])?["status"]["failure"].clone();
    assert!(
        failure.as_str().unwrap_or_default().contains("istiod"),
        "{failure}"
    );

    // Asked for once more it fails once more, and the wish was heard once.
    let annotation = format!("mainsheet.dev/retry={failed}");
    world.kubectl(&["annotate", "mi", "mesh", &annotation])?;
    world.wait("mesh", "another attempt", |mi| {
        let entries = mi["status"]["history"].as_array();
        let failures = entries.map(|all| {
            all.iter()
                .filter(|entry| entry["outcome"] == "RolledBack")
                .count()
        });
        failures == Some(2)
    })?;
    let annotations = &world.installation("mesh")?["metadata"]["annotations"];
    assert_eq!(annotations["mainsheet.dev/retry"], Value::Null);

    // The old wish is fulfilled already; a mended one is carried out.
    world.apply(&mesh(
        &json!({"version": "1.29.6", "upgrade": {"readyTimeout": "3s"}}),
    ))?;
    let back = runs(&world, "1.29.6")?;
    assert_eq!(record(&back, "1.29.6")?, record(&before, "1.29.6")?);
    world.apply(&mesh(&json!({"version": "1.30.3"})))?;
    runs(&world, "1.30.3")?;
    operator.stop()
}

#[test]
fn a_plan_waits_until_it_is_approved_and_no_other_is_carried_out() -> Result<()> {
    let world = World::new("approval")?;
    let operator = world.start_operator()?;
    let manual = json!({"approval": "Manual"});
    world.apply(&mesh(&json!({"version": "1.29.6"})))?;
    runs(&world, "1.29.6")?;
    world.apply(&mesh(&json!({"version": "1.30.3", "upgrade": manual})))?;
    let waits = |mi: &Value| mi["status"]["plan"]["awaitsApproval"] == true;
    let first = world.wait("mesh", "a plan", waits)?;
    let plan = &first["status"]["plan"];
    let hash = plan["hash"].as_str().context("no hash")?.to_owned();
    assert_eq!(plan["details"], "istio-system/mainsheet-plan-mesh");
    let details = world.json(&[
        "get",
        "configmap",
        "mainsheet-plan-mesh",
        "-n",
        "istio-system",
    ])?;
    assert_eq!(details["data"]["hash"], json!(hash));
    let text = details["data"]["plan.yaml"].as_str().unwrap_or_default();
    assert!(text.contains("Deployment istio-system/istiod"), "{text}");

    // The approval of a plan that is another one by now.
    let other =
        json!({"version": "1.30.3", "upgrade": manual, "values": {"pilot": {"traceSampling": 7}}});
    world.apply(&mesh(&other))?;
    let annotation = format!("mainsheet.dev/approved-plan={hash}");
    world.kubectl(&["annotate", "mi", "mesh", &annotation])?;
    let second = world.wait("mesh", "the stale approval to be named", |mi| {
        waits(mi) && mainsheet_e2e::ready_message(mi).contains(&hash)
    })?;
    assert!(image(&world)?.ends_with("1.29.6"));

    let hash = second["status"]["plan"]["hash"]
        .as_str()
        .context("no hash")?;
    let annotation = format!("mainsheet.dev/approved-plan={hash}");
    world.kubectl(&["annotate", "mi", "mesh", "--overwrite", &annotation])?;
    let done = runs(&world, "1.30.3")?;
    assert_eq!(done["status"]["plan"]["awaitsApproval"], Value::Null);
    operator.stop()
}
