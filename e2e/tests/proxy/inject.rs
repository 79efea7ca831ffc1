//! `kube-inject`: workloads in YAML, as the injector of the mesh makes them.

use std::process::Output;

use anyhow::{Result, ensure};
use mainsheet_e2e::{Injector, World, fed};
use serde_json::{Value, json};

use super::said;

const WORKLOADS: &str = "\
# The shop.
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}   # kept
spec: {ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:1}]}
---
apiVersion: v1
kind: List
items:
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {name: nightly, namespace: shop}
    spec:
      schedule: '@daily'
      jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: example.com/job:1}]}}}}
";

fn run(world: &World, input: &str) -> Result<Output> {
    fed(&mut world.mainsheet(&["kube-inject", "-f", "-"]), input)
}

/// Leaves the workloads in the cluster.
pub(super) fn workloads_are_injected(world: &World, injector: &Injector) -> Result<()> {
    let output = run(world, WORKLOADS)?;
    ensure!(output.status.success(), "{}", said(&output));
    let injected = String::from_utf8(output.stdout)?;
    let kept = WORKLOADS.split("---\n").next().unwrap_or_default();
    assert!(injected.starts_with(&format!("{kept}---\n")), "{injected}");
    assert_eq!(injected.matches("stand-in/proxy").count(), 2, "{injected}");
    assert!(
        !injected.contains("generateName") && !injected.contains("ownerReferences"),
        "{injected}"
    );
    let calls = injector.calls();
    assert_eq!(
        calls
            .iter()
            .map(|call| (call.namespace.as_str(), call.pod.as_str()))
            .collect::<Vec<_>>(),
        [("shop", "web-"), ("shop", "nightly-")]
    );

    // The cluster takes what comes out, and it is not injected twice.
    let applied = world.try_apply(&injected)?;
    ensure!(applied.status.success(), "{}", said(&applied));
    let again = run(world, &injected)?;
    assert_eq!(String::from_utf8(again.stdout.clone())?, injected);
    assert!(
        said(&again).contains("Deployment shop/web is left as it is: it has been injected already")
    );

    // An injector that fails is named, and nothing comes out that looks injected.
    injector.fail("one", true);
    let failed = run(world, WORKLOADS)?;
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        said(&failed).contains("stdin, document 2: Deployment shop/web: 127.0.0.1:"),
        "{}",
        said(&failed)
    );
    injector.fail("one", false);
    Ok(())
}

/// Another authority than the one that the webhook names is not believed.
pub(super) fn a_stranger_is_not_believed(
    world: &World,
    injector: &Injector,
    mut mesh: Value,
) -> Result<()> {
    let stranger = Injector::start()?;
    let mut values = injector.values("one");
    values["istiodRemote"]["injectionCABundle"] = json!(stranger.ca_bundle());
    mesh["spec"]["values"] = values;
    world.apply(&mesh.to_string())?;
    world.wait_ready("mesh")?;
    let distrusted = run(world, WORKLOADS)?;
    assert_eq!(distrusted.status.code(), Some(1));
    assert!(
        said(&distrusted).contains("certificate"),
        "{}",
        said(&distrusted)
    );
    Ok(())
}
