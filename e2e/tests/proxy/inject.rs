//! The verbs about proxies in a cluster. Nodes of ring 3 run no pods, so that no port of a pod can
//! be forwarded there; the injector is a stand-in over HTTPS, as installations with an injector
//! elsewhere have it.

use std::process::Output;

use anyhow::{Result, ensure};
use mainsheet_e2e::{Injector, World, fed};
use serde_json::json;

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

fn run(world: &World, words: &[&str], input: &str) -> Result<Output> {
    fed(&mut world.mainsheet(words), input)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn workloads_are_injected_by_the_injector_of_the_mesh() -> Result<()> {
    let world = World::new("proxy")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    let mut mesh = world.set_up_injection(&injector)?;

    let output = run(&world, &["kube-inject", "-f", "-"], WORKLOADS)?;
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
    let again = run(&world, &["kube-inject", "-f", "-"], &injected)?;
    assert_eq!(String::from_utf8(again.stdout.clone())?, injected);
    assert!(
        said(&again).contains("Deployment shop/web is left as it is: it has been injected already")
    );

    // An injector that fails is named, and nothing comes out that looks injected.
    injector.fail("one", true);
    let failed = run(&world, &["kube-inject", "-f", "-"], WORKLOADS)?;
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        said(&failed).contains("stdin, document 2: Deployment shop/web: 127.0.0.1:"),
        "{}",
        said(&failed)
    );
    injector.fail("one", false);

    // Another authority than the one that the webhook names is not believed.
    let stranger = Injector::start()?;
    let mut values = injector.values("one");
    values["istiodRemote"]["injectionCABundle"] = json!(stranger.ca_bundle());
    mesh["spec"]["values"] = values;
    world.apply(&mesh.to_string())?;
    world.wait_ready("mesh")?;
    let distrusted = run(&world, &["kube-inject", "-f", "-"], WORKLOADS)?;
    assert_eq!(distrusted.status.code(), Some(1));
    assert!(
        said(&distrusted).contains("certificate"),
        "{}",
        said(&distrusted)
    );

    ports_that_cannot_be_forwarded(&world)?;
    operator.stop()
}

/// Real API servers answer for pods whose node cannot be reached.
fn ports_that_cannot_be_forwarded(world: &World) -> Result<()> {
    for words in [
        &["proxy-status"][..],
        &["proxy-config", "cluster", "deploy/istiod.istio-system"],
        &[
            "dashboard",
            "controlz",
            "deploy/istiod.istio-system",
            "--browser=false",
        ],
    ] {
        let output = run(world, words, "")?;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(
            said.contains("cannot forward a port to pod istio-system/istiod-"),
            "{words:?}: {said}"
        );
    }
    Ok(())
}
