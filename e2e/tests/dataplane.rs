//! The data plane as the operator sees it and moves it, on a real API server with kwok's nodes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use hack::poll;
use jiff::{Timestamp, Zoned};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use mainsheet_core::restart::{Member, Order, Report, Target, members};
use mainsheet_e2e::{DEADLINE, World, conditions, namespace};
use mainsheet_operator::dataplane::{DataPlaneWatch, Restarts};
use mainsheet_operator::metrics::Metrics;
use serde_json::{Value, json};

/// A workload whose pods look injected by revision `default`.
fn workload(kind: &str, name: &str, mut spec: Value) -> Value {
    spec["selector"] = json!({"matchLabels": {"app": name}});
    spec["template"] = json!({
        "metadata": {
            "labels": {"app": name, "service.istio.io/canonical-name": name},
            "annotations": {"istio.io/rev": "default"},
        },
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "stand-in/app"}],
        },
    });
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "sea"}, "spec": spec})
}

fn bare_pod() -> Value {
    let mut pod = workload("Pod", "drift", json!({}))["spec"]["template"].clone();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("drift");
    pod["metadata"]["namespace"] = json!("sea");
    pod
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

#[test]
fn pods_are_counted_and_what_changes_no_count_costs_nothing() -> Result<()> {
    let world = World::new("counted")?;
    let operator = world.start_operator()?;
    world.apply("{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, spec: {profile: minimal}}")?;
    world.wait_ready("mesh")?;
    world.apply(&list(&[
        namespace("sea", &[]),
        workload("Deployment", "boat", json!({"replicas": 3})),
        bare_pod(),
    ]))?;
    let pods =
        |count: i64| move |mi: &Value| mi["status"]["revisions"][0]["pods"].as_i64() == Some(count);
    let counted = world.wait("mesh", "four pods to be counted", pods(4))?;
    assert!(conditions(&counted).contains(&"DataPlaneCurrent=True".to_owned()));

    let before = world.mark()?;
    for touch in 0..20 {
        let annotation = format!("example.com/touched={touch}");
        world.kubectl(&[
            "-n",
            "sea",
            "annotate",
            "--overwrite",
            "pods",
            "--all",
            &annotation,
        ])?;
    }
    // What follows is seen after them, by the same watch.
    world.kubectl(&["-n", "sea", "delete", "pod", "drift"])?;
    world.wait("mesh", "one pod less to be counted", pods(3))?;
    let requests = world.requests(before)?;
    let writes: Vec<_> = requests
        .all()
        .iter()
        .filter(|e| e.is_write() && e.resource != "leases")
        .map(|e| e.request_uri.clone())
        .collect();
    assert_eq!(
        writes.len(),
        1,
        "the new count, and nothing else: {writes:?}"
    );

    // A pod of a control plane that is not there any more.
    let old = r#"-p={"spec":{"template":{"metadata":{"annotations":{"istio.io/rev":"gone"}}}}}"#;
    world.kubectl(&[
        "-n",
        "sea",
        "patch",
        "deployment",
        "boat",
        "--type=merge",
        old,
    ])?;
    world.wait("mesh", "no pod of the mesh to be left", pods(0))?;

    // A restart says nothing new.
    let before = world.mark()?;
    operator.stop()?;
    let operator = world.start_operator()?;
    world.kubectl(&[
        "annotate",
        "mi",
        "mesh",
        "mainsheet.dev/reconcile-requested-at=1",
    ])?;
    world.wait("mesh", "the touch to be seen", |mi| {
        mi["status"]["lastHandledReconcileAt"] == "1"
    })?;
    let requests = world.requests(before)?;
    let written = requests
        .all()
        .iter()
        .filter(|e| e.is_write() && e.subresource == "status");
    assert_eq!(written.count(), 1, "{}", requests.summary());
    operator.stop()
}

#[test]
fn workloads_are_restarted_one_after_the_other_and_a_budget_is_heeded() -> Result<()> {
    let world = World::new("restarted")?;
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "crew", "namespace": "sea"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "anchor"}}},
    });
    world.apply(&list(&[
        namespace("sea", &[]),
        budget,
        workload("Deployment", "boat", json!({"replicas": 2})),
        workload("Deployment", "ferry", json!({"replicas": 2})),
        workload("DaemonSet", "gull", json!({})),
        workload(
            "StatefulSet",
            "anchor",
            json!({"replicas": 2, "serviceName": "anchor"}),
        ),
        workload(
            "StatefulSet",
            "buoy",
            json!({"replicas": 1, "serviceName": "buoy", "updateStrategy": {"type": "OnDelete"}}),
        ),
        bare_pod(),
    ]))?;
    for rollout in [
        "deployment/boat",
        "deployment/ferry",
        "daemonset/gull",
        "statefulset/anchor",
    ] {
        world.kubectl(&["-n", "sea", "rollout", "status", rollout, "--timeout=60s"])?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let client = runtime.block_on(client(world.cluster().kubeconfig()))?;
    let _guard = runtime.enter();
    let watch = DataPlaneWatch::new(client.clone(), Arc::new(Metrics::default()));
    let restarts = Restarts::new(client);

    // A pod's age is in whole seconds: the move begins in the second after the youngest.
    let began = poll::until("a second to pass", DEADLINE, || {
        let youngest = youngest_pod(&world)?;
        Ok((now().as_second() > youngest.as_second()).then(now))
    })?;
    let began = Timestamp::from_second(began.as_second())?;
    let target = Target {
        revision: "default",
        not_before: Some(began),
    };
    let order = Order {
        parallel: 1,
        began,
        undaunted: false,
    };
    let (mut started, mut last) = (BTreeSet::new(), Report::default());
    let done = poll::until("all that can move to have moved", DEADLINE, || {
        let plane = watch.now();
        if !plane.complete {
            return Ok(None);
        }
        let members: Vec<Member> =
            members(&plane, |workload| *workload.namespace == *"sea", &target);
        last = runtime.block_on(restarts.step("sea", &members, order, now()))?;
        ensure!(last.in_flight.len() <= 1, "{:?}", last.in_flight);
        ensure!(last.failed.is_empty(), "{:?}", last.failed);
        started.extend(last.in_flight.iter().map(|note| note.workload.to_string()));
        Ok((last.moved == 3).then_some(()))
    });
    done.with_context(|| format!("{last:#?}"))?;
    assert_eq!(
        started.into_iter().collect::<Vec<_>>(),
        [
            "DaemonSet sea/gull",
            "Deployment sea/boat",
            "Deployment sea/ferry"
        ]
    );
    let said = |notes: &[mainsheet_core::restart::Note]| -> Vec<String> {
        notes.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        said(&last.held),
        ["StatefulSet sea/anchor: PodDisruptionBudget crew allows no disruption"]
    );
    assert_eq!(
        said(&last.left),
        [
            "Pod sea/drift: only its owner can restart it",
            "StatefulSet sea/buoy: its updateStrategy is OnDelete",
        ]
    );
    let revisions = world.json(&["-n", "sea", "get", "replicasets"])?;
    assert_eq!(
        revisions["items"].as_array().map(Vec::len),
        Some(4),
        "each was restarted once"
    );
    Ok(())
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}

fn now() -> Timestamp {
    Zoned::now().timestamp()
}

fn youngest_pod(world: &World) -> Result<Timestamp> {
    let pods = world.json(&["-n", "sea", "get", "pods"])?;
    let created = pods["items"].as_array().into_iter().flatten();
    let created = created.filter_map(|pod| pod["metadata"]["creationTimestamp"].as_str());
    let times: Vec<Timestamp> = created.map(str::parse).collect::<Result<_, _>>()?;
    times.into_iter().max().context("no pod is there")
}
