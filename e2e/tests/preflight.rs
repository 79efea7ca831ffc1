//! A change is checked before anything of it is written; what runs is kept meanwhile.

use anyhow::{Result, ensure};
use hack::poll;
use mainsheet_e2e::{DEADLINE, World, installation};
use serde_json::{Value, json};

fn mesh(version: &str) -> String {
    installation(
        "sea",
        &json!({"profile": "minimal", "version": version, "deletionPolicy": "Cascade"}),
    )
}

/// An istio-cni of somebody else, with this version.
fn agent(version: &str) -> String {
    let image = format!("registry.example/istio/install-cni:{version}");
    json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "istio-cni-node", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "cni"}}, "template": {"metadata": {"labels": {"k8s-app": "cni"}},
            "spec": {"containers": [{"name": "install-cni", "image": image}]}}}})
    .to_string()
}

/// A webhook of another control plane for the pods that ours injects.
fn injector() -> String {
    json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "istio-revision-tag-default"}, "webhooks": [{
            "name": "namespace.sidecar-injector.istio.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "failurePolicy": "Ignore", "namespaceSelector": {"matchLabels": {"istio-injection": "enabled"}},
            "clientConfig": {"service": {"namespace": "elsewhere", "name": "istiod"}}}]})
    .to_string()
}

/// Has the operator look again at once.
fn look_again(world: &World, why: &str) -> Result<()> {
    let wish = format!("mainsheet.dev/reconcile-requested-at={why}");
    world.kubectl(&["annotate", "--overwrite", "mi", "sea", &wish])?;
    Ok(())
}

#[test]
fn what_a_change_would_break_is_found_before_it_begins() -> Result<()> {
    let world = World::new("preflight")?;
    let operator = world.start_operator()?;
    install(&world)?;
    upgrade(&world)?;
    operator.stop()
}

/// A first install beside a control plane that injects the same pods.
fn install(world: &World) -> Result<()> {
    world.apply(&injector())?;
    let before = world.mark()?;
    world.apply(&mesh("1.28.10"))?;
    let said = world.wait_stalled("sea")?;
    assert!(
        said.contains("istio-revision-tag-default") && said.contains("istio-injection=enabled"),
        "{said}"
    );
    let requests = world.requests(before)?;
    assert!(
        requests.object_writes().is_empty(),
        "{}",
        requests.summary()
    );
    world.kubectl(&[
        "delete",
        "mutatingwebhookconfiguration",
        "istio-revision-tag-default",
    ])?;
    look_again(world, "injector")?;
    world.wait_ready("sea")?;
    // This Kubernetes is newer than what 1.28 was tested with: told, and no obstacle.
    let events = world.kubectl(&["get", "events", "--field-selector=reason=PreflightWarning"])?;
    assert!(
        events.contains("Istio 1.28.10 supports Kubernetes"),
        "{events}"
    );
    Ok(())
}

/// An upgrade to a version that the nodes' agents are too old for.
fn upgrade(world: &World) -> Result<()> {
    world.apply(&mesh("1.29.6"))?;
    runs(world, "1.29.6")?;
    world.apply(&agent("1.28.10"))?;
    world.apply(&mesh("1.30.3"))?;
    let said = world.wait_stalled("sea")?;
    assert!(
        said.contains("DaemonSet kube-system/istio-cni-node") && said.contains("1.30 or 1.29"),
        "{said}"
    );
    let found = world.installation("sea")?;
    let stalled = mainsheet_e2e::condition(&found, "Stalled");
    assert_eq!(
        stalled.map(|c| &c["reason"]),
        Some(&json!("PreflightFailed"))
    );

    // What runs is kept as it is while the change is not begun.
    let config = ["-n", "istio-system", "get", "configmap", "istio"];
    world.kubectl(&["-n", "istio-system", "delete", "configmap", "istio"])?;
    poll::until("the configuration to come back", DEADLINE, || {
        Ok(world.kubectl(&config).is_ok().then_some(()))
    })?;
    ensure!(image(world)?.ends_with("1.29.6"), "nothing has begun");

    world.apply(&agent("1.29.6"))?;
    look_again(world, "agent")?;
    runs(world, "1.30.3")
}

fn runs(world: &World, version: &str) -> Result<()> {
    world.wait("sea", version, |mi| {
        mainsheet_e2e::is_ready(mi) && mi["status"]["version"] == version
    })?;
    ensure!(image(world)?.ends_with(version), "{}", image(world)?);
    Ok(())
}

fn image(world: &World) -> Result<String> {
    let istiod: Value = world.json(&["get", "deployment", "istiod", "-n", "istio-system"])?;
    let image = &istiod["spec"]["template"]["spec"]["containers"][0]["image"];
    Ok(image.as_str().unwrap_or_default().to_owned())
}
