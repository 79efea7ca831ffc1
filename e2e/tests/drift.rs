//! What others change or add is put back by one write, unless it is theirs.

use anyhow::{Context, Result};
use hack::poll;
use mainsheet_e2e::{DEADLINE, World};
use serde_json::{Value, json};

const MESH: &str = "{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, \
                    spec: {profile: minimal, deletionPolicy: Cascade}}";

/// An edit by somebody else: what, the patch, and where its trace is to be looked for.
struct Edit {
    object: &'static str,
    patch: Value,
    trace: &'static str,
}

fn edit(object: &'static str, patch: Value, trace: &'static str) -> Edit {
    Edit {
        object,
        patch,
        trace,
    }
}

fn template(pod: &Value) -> Value {
    json!({"spec": {"template": {"spec": pod}}})
}

fn discovery(more: &Value) -> Value {
    let mut container = json!({"name": "discovery"});
    if let (Some(container), Some(more)) = (container.as_object_mut(), more.as_object()) {
        container.extend(more.clone());
    }
    template(&json!({"containers": [container]}))
}

/// Edits of which nothing may be left.
fn strangers() -> Vec<Edit> {
    let webhook = "mutatingwebhookconfiguration/istio-sidecar-injector";
    let hook = "rev.namespace.sidecar-injector.istio.io";
    let outside = json!({"url": "https://example.invalid"});
    vec![
        edit(
            "deployment/istiod",
            discovery(&json!({"env": [{"name": "STRANGER", "value": "1"}]})),
            "STRANGER",
        ),
        edit(
            "deployment/istiod",
            template(&json!({"containers": [{"name": "stranger", "image": "x"}]})),
            "stranger",
        ),
        edit(
            "deployment/istiod",
            template(&json!({"hostNetwork": true})),
            "hostNetwork",
        ),
        edit(
            "deployment/istiod",
            template(&json!({"nodeSelector": {"stranger": "here"}})),
            "nodeSelector",
        ),
        edit(
            "deployment/istiod",
            discovery(
                &json!({"ports": [{"containerPort": 8080, "protocol": "UDP", "name": "stranger"}]}),
            ),
            "stranger",
        ),
        // Changed and added by one hand: one write, and so one rollout, puts both back.
        edit(
            "deployment/istiod",
            discovery(&json!({"image": "stranger", "env": [{"name": "STRANGER", "value": "1"}]})),
            "STRANGER",
        ),
        // A volume of another source than ours: an apply alone could not mend it.
        edit(
            "deployment/istiod",
            template(
                &json!({"volumes": [{"name": "local-certs", "emptyDir": null, "hostPath": {"path": "/stranger"}}]}),
            ),
            "stranger",
        ),
        edit(
            "clusterrolebinding/istiod-clusterrole-istio-system",
            json!({"subjects": [{"kind": "User", "name": "stranger", "apiGroup": "rbac.authorization.k8s.io"}]}),
            "stranger",
        ),
        edit(
            webhook,
            json!({"webhooks": [{"name": hook, "timeoutSeconds": 3}]}),
            "\"timeoutSeconds\":3",
        ),
        edit(
            webhook,
            json!({"webhooks": [{"name": "stranger.example.com", "clientConfig": outside, "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}),
            "stranger",
        ),
        edit(
            webhook,
            json!({"webhooks": [{"name": hook, "matchConditions": [{"name": "stranger", "expression": "true"}]}]}),
            "stranger",
        ),
    ]
}

/// Edits that stay: theirs by right.
fn theirs() -> Vec<Edit> {
    let webhook = "mutatingwebhookconfiguration/istio-sidecar-injector";
    let hook = "rev.namespace.sidecar-injector.istio.io";
    let restart = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    vec![
        edit(
            "deployment/istiod",
            json!({"metadata": {"labels": {"guest": "label"}, "annotations": {"guest": "note"}}}),
            "guest",
        ),
        edit(
            "deployment/istiod",
            json!({"spec": {"template": {"metadata": {"annotations": restart}}}}),
            "restartedAt",
        ),
        edit(
            "deployment/istiod",
            json!({"spec": {"replicas": 2}}),
            "\"replicas\":2",
        ),
        edit(
            webhook,
            json!({"webhooks": [{"name": hook, "clientConfig": {"caBundle": "Z3Vlc3Q="}}]}),
            "Z3Vlc3Q=",
        ),
        edit(
            "validatingwebhookconfiguration/istio-validator-istio-system",
            json!({"webhooks": [{"name": "rev.validation.istio.io", "failurePolicy": "Fail"}]}),
            "\"failurePolicy\":\"Fail\"",
        ),
    ]
}

#[test]
fn what_others_add_goes_by_one_write_and_what_is_theirs_stays() -> Result<()> {
    let world = World::new("drift")?;
    let operator = world.start_operator()?;
    world.apply(MESH)?;
    world.wait_ready("mesh")?;

    for edit in strangers() {
        let before = world.mark()?;
        let wanted = body(&world, edit.object)?;
        make(&world, &edit)?;
        poll::until("the addition to go", DEADLINE, || {
            Ok((body(&world, edit.object)? == wanted).then_some(()))
        })
        .with_context(|| format!("{}: {}", edit.object, edit.patch))?;
        touch(&world, "settled")?;
        let repair = world.requests(before)?;
        let writes = repair.object_writes().len();
        assert_eq!(
            writes,
            1,
            "{} {}:\n{}",
            edit.object,
            edit.patch,
            repair.summary()
        );
        assert!(repair.object_reads().is_empty(), "{}", repair.summary());
    }

    // What is theirs stays, and costs nothing.
    let before = world.mark()?;
    for edit in theirs() {
        make(&world, &edit)?;
        touch(&world, edit.trace)?;
        let found = body(&world, edit.object)?;
        assert!(
            found.to_string().contains(edit.trace),
            "{} is gone: {found:#}",
            edit.trace
        );
    }
    nothing_is_written(&world, before)?;
    // An operator that starts anew sees nothing to do, either.
    operator.stop()?;
    let operator = world.start_operator()?;
    touch(&world, "anew")?;
    nothing_is_written(&world, before)?;

    // Where only what was rendered is to be put back, additions stay until it is said otherwise.
    hold(&world, "Owned")?;
    let before = world.mark()?;
    let edit = &strangers()[0];
    let wanted = body(&world, edit.object)?;
    make(&world, edit)?;
    touch(&world, "owned")?;
    assert_ne!(body(&world, edit.object)?, wanted);
    nothing_is_written(&world, before)?;
    hold(&world, "Exact")?;
    poll::until("the addition to go", DEADLINE, || {
        Ok((body(&world, edit.object)? == wanted).then_some(()))
    })?;

    operator.stop()
}

/// Says what becomes of what others add.
fn hold(world: &World, drift: &str) -> Result<()> {
    let patch = json!({"spec": {"drift": drift}}).to_string();
    world.kubectl(&["patch", "mi", "mesh", "--type=merge", "-p", &patch])?;
    Ok(())
}

fn nothing_is_written(world: &World, since: hack::audit::Mark) -> Result<()> {
    let rest = world.requests(since)?;
    assert!(rest.object_writes().is_empty(), "{}", rest.summary());
    Ok(())
}

fn make(world: &World, edit: &Edit) -> Result<()> {
    let patch = edit.patch.to_string();
    let how = [
        "-n",
        "istio-system",
        "patch",
        edit.object,
        "--type=strategic",
    ];
    world.kubectl(&[&how[..], &["-p", patch.as_str()]].concat())?;
    Ok(())
}

/// The object without what every write moves.
fn body(world: &World, object: &str) -> Result<Value> {
    let mut found = world.json(&["-n", "istio-system", "get", object])?;
    for key in ["resourceVersion", "generation", "managedFields"] {
        if let Some(metadata) = found["metadata"].as_object_mut() {
            metadata.remove(key);
        }
    }
    if let Some(annotations) = found["metadata"]["annotations"].as_object_mut() {
        annotations.remove("deployment.kubernetes.io/revision");
    }
    if let Some(found) = found.as_object_mut() {
        found.remove("status");
    }
    Ok(found)
}

/// Has the operator look once more, and waits until it has.
fn touch(world: &World, value: &str) -> Result<()> {
    let value: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let annotation = format!("mainsheet.dev/reconcile-requested-at={value}");
    world.kubectl(&["annotate", "--overwrite", "mi", "mesh", &annotation])?;
    world.wait("mesh", "the touch to be seen", |mi| {
        mi["status"]["lastHandledReconcileAt"] == value.as_str()
    })?;
    Ok(())
}
