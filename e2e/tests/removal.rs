//! A mesh that is used stays until it is not, and says what holds it; what was deleted first does
//! not make it hang.

use anyhow::Result;
use hack::poll;
use mainsheet_e2e::{DEADLINE, Operator, World, installation};
use serde_json::{Value, json};

fn mesh(spec: &Value) -> String {
    installation("mesh", spec)
}

/// A workload as istiod would have injected it.
const SHOP: &str = r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web, service.istio.io/canonical-name: web}
      annotations: {sidecar.istio.io/status: '{"revision":"default"}'}
    spec:
      containers:
      - {name: app, image: app}
      - {name: istio-proxy, image: proxy}
"#;

const ROUTE: &str = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}
";

#[test]
fn a_mesh_goes_when_nothing_uses_it_any_more() -> Result<()> {
    let world = World::new("removal")?;
    let operator = world.start_operator()?;
    // The default: removed if unused.
    let spec = json!({"profile": "minimal"});
    world.apply(&mesh(&spec))?;
    world.wait_ready("mesh")?;
    world.apply(SHOP)?;
    // No istiod answers here: its validation would refuse every configuration.
    world.kubectl(&["delete", "validatingwebhookconfiguration", "--all"])?;
    world.apply(ROUTE)?;
    world.kubectl(&[
        "-n",
        "shop",
        "rollout",
        "status",
        "deployment/web",
        "--timeout=60s",
    ])?;

    let mark = world.mark()?;
    world.kubectl(&["delete", "mi", "mesh", "--wait=false"])?;
    let said = said(&world, "InUse", "Deployment shop/web (1 pod)")?;
    assert!(said.contains("VirtualService shop/web"), "{said}");
    assert!(said.contains("spec.deletionPolicy Orphan"), "{said}");
    world.kubectl(&["-n", "istio-system", "get", "deployment", "istiod"])?;

    // It goes on by itself, one user after the other.
    world.kubectl(&["-n", "shop", "delete", "virtualservice", "web"])?;
    world.kubectl(&["-n", "shop", "delete", "deployment", "web"])?;
    gone(&world)?;
    assert!(world.requests(mark)?.injectors_went_first());
    let events = world.kubectl(&["get", "events", "--field-selector=reason=Removed"])?;
    assert!(events.contains("what stays: Istio's CRDs"), "{events}");
    assert_eq!(injectors(&world)?, "");
    world.kubectl(&["get", "crd", "virtualservices.networking.istio.io"])?;

    // A webhook of somebody else that calls our istiod would block pods afterwards: even Cascade
    // waits for it to go.
    world.apply(&mesh(
        &json!({"profile": "minimal", "deletionPolicy": "Cascade"}),
    ))?;
    world.wait_ready("mesh")?;
    let tag = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "istio-revision-tag-prod"}, "webhooks": [{
            "name": "rev.namespace.sidecar-injector.istio.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "namespaceSelector": {"matchLabels": {"istio.io/rev": "prod"}},
            "clientConfig": {"service": {"namespace": "istio-system", "name": "istiod", "path": "/inject"}}}]});
    world.apply(&tag.to_string())?;
    world.kubectl(&["delete", "mi", "mesh", "--wait=false"])?;
    self::said(&world, "InUse", "istio-revision-tag-prod")?;
    world.kubectl(&[
        "delete",
        "mutatingwebhookconfiguration",
        "istio-revision-tag-prod",
    ])?;
    world.kubectl(&[
        "annotate",
        "mi",
        "mesh",
        "mainsheet.dev/reconcile-requested-at=now",
    ])?;
    gone(&world)?;

    // The namespace deleted first: what is left in the cluster goes all the same.
    world.apply(&mesh(&spec))?;
    world.wait_ready("mesh")?;
    world.kubectl(&["delete", "namespace", "istio-system", "--wait=false"])?;
    world.kubectl(&["delete", "mi", "mesh", "--wait=false"])?;
    gone(&world)?;
    assert_eq!(injectors(&world)?, "");
    poll::until("the namespace to be gone", DEADLINE, || {
        let left = world.kubectl(&[
            "get",
            "namespace",
            "istio-system",
            "--ignore-not-found",
            "-o",
            "name",
        ])?;
        Ok(left.is_empty().then_some(()))
    })?;

    let operator = operator_deleted_first(&world, operator, &mesh(&spec))?;

    // Mainsheet's CRDs deleted first: each installation goes by its policy, then they do.
    world.apply(&mesh(&spec))?;
    world.wait_ready("mesh")?;
    world.kubectl(&[
        "delete",
        "crd",
        "meshinstallations.mainsheet.dev",
        "--timeout=60s",
    ])?;
    assert_eq!(injectors(&world)?, "");
    operator.stop()
}

/// Nobody carries the deletion out until an operator is there again, or the mesh is given up.
fn operator_deleted_first(world: &World, operator: Operator, mesh: &str) -> Result<Operator> {
    let istiod = || {
        let words = ["-n", "istio-system", "get", "deployment", "istiod"];
        let uid = ["-o", "jsonpath={.metadata.uid} {.metadata.generation}"];
        world.kubectl(&[&words[..], &uid].concat())
    };
    world.apply(mesh)?;
    world.wait_ready("mesh")?;
    operator.stop()?;
    let before = istiod()?;

    // The way out without an operator: the mesh is given up, and stays.
    world.kubectl(&["delete", "mi", "mesh", "--wait=false"])?;
    let given_up = r#"{"metadata":{"finalizers":null}}"#;
    world.kubectl(&["patch", "mi", "mesh", "--type=merge", "-p", given_up])?;
    gone(world)?;
    assert_eq!(istiod()?, before);
    let operator = world.start_operator()?;
    world.apply(mesh)?;
    world.wait_ready("mesh")?;
    assert_eq!(istiod()?, before, "it was not taken over as it is");

    operator.stop()?;
    world.kubectl(&["delete", "mi", "mesh", "--wait=false"])?;
    assert_eq!(istiod()?, before);
    assert!(world.installation("mesh")?["metadata"]["deletionTimestamp"].is_string());
    let operator = world.start_operator()?;
    gone(world)?;
    assert_eq!(injectors(world)?, "");
    Ok(operator)
}

/// Waits until the installation says so, and gives the message.
fn said(world: &World, reason: &str, words: &str) -> Result<String> {
    let found = world.wait("mesh", "what holds it to be told", |mi| {
        condition(mi, reason).is_some_and(|said| said.contains(words))
    })?;
    Ok(condition(&found, reason).unwrap_or_default())
}

fn condition(installation: &Value, reason: &str) -> Option<String> {
    let all = installation["status"]["conditions"].as_array()?;
    let found = all
        .iter()
        .find(|c| c["type"] == "Stalled" && c["reason"] == reason)?;
    found["message"].as_str().map(str::to_owned)
}

fn gone(world: &World) -> Result<()> {
    poll::until("the installation to be gone", DEADLINE, || {
        let left = world.kubectl(&["get", "mi", "mesh", "--ignore-not-found", "-o", "name"])?;
        Ok(left.is_empty().then_some(()))
    })
}

fn injectors(world: &World) -> Result<String> {
    world.kubectl(&[
        "get",
        "mutatingwebhookconfigurations,validatingwebhookconfigurations",
        "-o",
        "name",
    ])
}
