//! Changes beside the running control plane, where owners restart their workloads.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, ensure};
use hack::poll;
use mainsheet_e2e::{
    DEADLINE, Deployment, Injector, Pages, World, fed, injected_by, installation, namespace,
};
use serde_json::{Value, json};

fn mesh(version: &str, values: &Value, more: &Value) -> String {
    let mut spec = json!({
        "profile": "minimal", "version": version, "values": values,
        "tags": [{"name": "stable", "target": "Active"}],
        "upgrade": {"strategy": "Canary", "soak": "2s", "readyTimeout": "5s", "retirementGrace": "2s"},
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    installation("mesh", &spec)
}

fn of_state<'a>(mi: &'a Value, state: &str) -> Option<&'a Value> {
    let revisions = mi["status"]["revisions"].as_array()?;
    revisions.iter().find(|one| one["state"] == state)
}

/// What `mainsheet diff` says of a wish: what the operator would do first.
fn foreseen(world: &World, wish: &str) -> Result<String> {
    let output = fed(&mut world.mainsheet(&["diff", "-f", "-"]), wish)?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(
        output.status.code() == Some(1) && error.contains("comes up beside default"),
        "{error}"
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The values for an istiod whose pods have an address at which its metrics are given.
fn istiod_that_answers(mut values: Value) -> Result<(Pages, Value)> {
    // One of the many addresses of loopback, since istiod's port is the same everywhere.
    let [high, low] = u16::try_from(std::process::id() % 65_000)?.to_be_bytes();
    let address = Ipv4Addr::new(127, 77, high, low.max(2));
    let metrics = Pages::serve_at((address, 15014).into())?;
    metrics.set("/metrics", &"pilot_xds{version=\"1.29.6\"} 1\n");
    values["pilot"]["podAnnotations"] = json!({"hack.mainsheet.dev/pod-ip": address});
    Ok((metrics, values))
}

/// Two namespaces with workloads, one by the public name and one by the tag.
fn populate(world: &World) -> Result<()> {
    for (name, labels) in [
        ("shop", ("istio-injection", "enabled")),
        ("till", ("istio.io/rev", "stable")),
    ] {
        world.apply(&namespace(name, &[labels]).to_string())?;
        let web = Deployment {
            namespace: name,
            name: "web",
            replicas: 2,
            labels: &[],
        };
        world.apply(&web.document().to_string())?;
    }
    Ok(())
}

fn uid_of_service(world: &World) -> Result<String> {
    let words = ["-n", "istio-system", "get", "service"];
    let more = [
        "istiod-revision-tag-stable",
        "-o",
        "jsonpath={.metadata.uid}",
    ];
    world.kubectl(&[&words[..], &more].concat())
}

fn control_planes(world: &World) -> Result<String> {
    world.kubectl(&["get", "deployments", "-n", "istio-system", "-o", "name"])
}

#[test]
fn a_candidate_is_promoted_and_the_old_one_stays_while_a_pod_uses_it() -> Result<()> {
    let world = World::new("canary")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    injector.marks("old", "default");
    let (metrics, old) = istiod_that_answers(injector.values("old"))?;
    world.apply(&mesh("1.29.6", &old, &json!({})))?;
    world.wait_ready("mesh")?;
    populate(&world)?;
    let all_by = |revision: &str| {
        let counts = injected_by(&world)?;
        let has = |name: &str| counts.get(&(name.to_owned(), revision.to_owned())) == Some(&2);
        Ok((has("shop") && has("till")).then_some(()))
    };
    poll::until("the pods", DEADLINE, || all_by("default"))?;

    let service_of_tag = uid_of_service(&world)?;
    let mark = world.mark()?;
    let wish = mesh("1.30.3", &injector.values("new"), &json!({}));
    let foreseen = foreseen(&world, &wish)?;
    world.apply(&wish)?;
    let seen = world.wait("mesh", "a candidate", |mi| {
        of_state(mi, "Candidate").is_some()
    })?;
    let candidate = of_state(&seen, "Candidate").context("no candidate")?;
    let new = candidate["istioRevision"]
        .as_str()
        .context("no name")?
        .to_owned();
    assert!(new.starts_with("1-30-3-"), "{new}");
    injector.marks("new", &new);
    assert!(
        foreseen.contains(&format!("create  Deployment istio-system/istiod-{new}\n"))
            && !foreseen.contains("delete "),
        "{foreseen}"
    );

    // A third version has to wait, and both that are there are named.
    world.apply(&mesh("1.31.0", &injector.values("new"), &json!({})))?;
    let message = world.wait_stalled("mesh")?;
    assert!(
        message.contains("1.29.6") && message.contains("1.30.3"),
        "{message}"
    );
    world.apply(&mesh("1.30.3", &injector.values("new"), &json!({})))?;

    let done = world.wait("mesh", "promotion", |mi| {
        mi["status"]["revision"] == json!(new)
    })?;
    assert_eq!(done["status"]["version"], "1.30.3");
    let held = world.wait("mesh", "what holds the old one", |mi| {
        of_state(mi, "Retiring").is_some_and(|one| one["usedBy"].as_array().is_some())
    })?;
    let used = of_state(&held, "Retiring").context("none retires")?["usedBy"].to_string();
    assert!(used.contains("Deployment shop/web"), "{used}");
    assert!(control_planes(&world)?.contains("deployment.apps/istiod\n"));
    let tags = world.kubectl(&[
        "get",
        "mutatingwebhookconfigurations",
        "-l",
        "istio.io/tag=stable",
        "-o",
        "name",
    ])?;
    assert!(
        tags.contains(&format!("istio-revision-tag-stable-{new}")),
        "{tags}"
    );

    // Owners restart; then nothing uses the old one.
    for name in ["shop", "till"] {
        world.kubectl(&["rollout", "restart", "deployment/web", "-n", name])?;
    }
    poll::until("the moved pods", DEADLINE, || all_by(&new))?;
    // A proxy that no pod tells of.
    let held = world.wait("mesh", "what istiod says", |mi| {
        of_state(mi, "Retiring").is_some_and(|one| one["usedBy"].to_string().contains("istiod"))
    })?;
    let used = &of_state(&held, "Retiring").context("none retires")?["usedBy"];
    assert_eq!(*used, json!(["1 proxy connected to its istiod"]));
    metrics.set("/metrics", &"pilot_xds{version=\"1.29.6\"} 0\n");
    world.wait("mesh", "the old one to be gone", |mi| {
        of_state(mi, "Retiring").is_none()
    })?;
    poll::until("its objects to be gone", DEADLINE, || {
        let left = control_planes(&world)?;
        Ok((left.trim() == format!("deployment.apps/istiod-{new}")).then_some(()))
    })?;
    assert!(injector.calls().iter().all(|call| !call.again));

    let asked = world.requests(mark)?;
    assert!(asked.never_wrote("namespaces") && asked.injectors_went_first());
    let checked = world.mainsheet(&["verify-install"]).output()?;
    assert!(checked.status.success(), "{checked:?}");

    assert_eq!(
        uid_of_service(&world)?,
        service_of_tag,
        "the tag's Service was away for a moment"
    );

    // Only gateways, addons and the like change: no second control plane comes up for that.
    let gateway = json!({"components": {"ingressGateways": [{"name": "door", "enabled": true}]}});
    world.apply(&mesh("1.30.3", &injector.values("new"), &gateway))?;
    world.wait_ready("mesh")?;
    let now = control_planes(&world)?;
    assert!(
        now.contains("/door") && now.matches("istiod").count() == 1,
        "{now}"
    );
    operator.stop()
}

#[test]
fn a_candidate_that_does_not_become_ready_is_dropped() -> Result<()> {
    let world = World::new("dropped")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    world.apply(&mesh("1.30.3", &injector.values("old"), &json!({})))?;
    world.wait_ready("mesh")?;
    let nowhere = json!({"components": {"pilot": {"k8s": {"nodeSelector": {"nowhere": "yes"}}}}});
    world.apply(&mesh("1.30.3", &injector.values("old"), &nowhere))?;
    let message = world.wait_stalled("mesh")?;
    assert!(message.contains("not ready after 5s"), "{message}");
    poll::until("the candidate to be gone", DEADLINE, || {
        Ok((control_planes(&world)?.trim() == "deployment.apps/istiod").then_some(()))
    })?;
    let after = world.installation("mesh")?;
    assert_eq!(after["status"]["revision"], "default");
    operator.stop()
}
