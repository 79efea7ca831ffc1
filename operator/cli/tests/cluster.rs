//! Verbs against an API server: what is said, what is sent, and how it ends.

#[path = "cluster/alone.rs"]
mod alone;
#[path = "cluster/life.rs"]
mod life;
#[path = "cluster/precheck.rs"]
mod precheck;
#[path = "cluster/remove.rs"]
mod remove;
mod support;
#[path = "cluster/tag.rs"]
mod tag;
#[path = "cluster/terminal.rs"]
mod terminal;
#[path = "cluster/verify.rs"]
mod verify;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::Folder;
use support::api::{Answers, Api};

const PATH: &str = "/apis/mainsheet.dev/v1alpha1/meshinstallations";

/// A MeshInstallation of generation 2 as the API server has it.
fn installation(name: &str, status: &Value) -> Value {
    json!({
        "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
        "metadata": {"name": name, "uid": format!("uid-of-{name}"), "generation": 2, "resourceVersion": "5",
                     "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{"manager": "kubectl"}]},
        "spec": {"profile": "demo"},
        "status": status,
    })
}

fn unseen() -> Value {
    json!({"observedGeneration": -1})
}

fn status(conditions: &[(&str, &str, &str, &str)], ready: i32) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(type_, status, reason, message)| {
            json!({"type": type_, "status": status, "reason": reason, "message": message,
                   "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 2})
        })
        .collect();
    let mut istiod = json!({"kind": "Deployment", "namespace": "istio-system", "name": "istiod",
                            "ready": ready, "desired": 1});
    if ready == 0 {
        istiod["message"] = "0 of 1 pods are ready".into();
    }
    json!({
        "observedGeneration": 2, "version": "1.30.3", "revision": "default", "conditions": conditions,
        "components": [istiod],
        "revisions": [{"name": "sea-1a2b3c", "istioRevision": "default", "version": "1.30.3", "state": "Active"}],
    })
}

fn ready() -> Value {
    status(
        &[("Ready", "True", "Ready", "everything is applied and ready")],
        1,
    )
}

fn working() -> Value {
    let message = "waiting for Deployment istio-system/istiod: 0 of 1 pods are ready";
    status(
        &[
            ("Reconciling", "True", "WaitingForReadiness", message),
            ("Ready", "False", "WaitingForReadiness", message),
        ],
        0,
    )
}

fn stalled() -> Value {
    let message = "Service istio-system/istiod belongs to MeshInstallation lake";
    status(
        &[
            ("Stalled", "True", "ObjectNotOwned", message),
            ("Ready", "False", "ObjectNotOwned", message),
        ],
        0,
    )
}

/// A server whose installation `sea` goes through these states after it was applied.
fn going_through(folder: &Folder, states: &[Value]) -> Api {
    let states: Vec<Value> = states
        .iter()
        .map(|state| installation("sea", state))
        .collect();
    Answers::default()
        .to(&format!("PATCH {PATH}/sea"), states[0].clone())
        .to(&format!("DELETE {PATH}/sea"), states[0].clone())
        .installations(&states[..1], &states[1..])
        .serve(folder)
}

const INSTALL: [&str; 6] = ["install", "--name", "sea", "--profile", "demo", "-y"];

#[test]
fn install_follows_until_ready() {
    let folder = Folder::new("install-ready");
    let api = going_through(&folder, &[unseen(), working(), ready()]);
    assert_snapshot!("install-ready", api.run(&folder, &INSTALL));
    assert_snapshot!("install-ready-writes", api.writes().join("\n"));
}

#[test]
fn install_fails_with_the_reason_when_a_person_must_act() {
    let folder = Folder::new("install-stalled");
    let api = going_through(&folder, &[unseen(), working(), stalled()]);
    assert_snapshot!("install-stalled", api.run(&folder, &INSTALL));
}

#[test]
fn install_says_what_it_still_waited_for() {
    let folder = Folder::new("install-timeout");
    let api = going_through(&folder, &[unseen(), working()]);
    let arguments = [&INSTALL[..], &["--timeout", "4s"]].concat();
    assert_snapshot!("install-timeout", api.run(&folder, &arguments));
}

#[test]
fn install_does_not_wait_when_told_so() {
    let folder = Folder::new("install-no-wait");
    let api = going_through(&folder, &[unseen(), working()]);
    assert_snapshot!(
        "install-no-wait",
        api.run(&folder, &[&INSTALL[..], &["--no-wait"]].concat())
    );
}

#[test]
fn install_that_is_suspended_does_not_wait_for_ever() {
    let folder = Folder::new("install-suspended");
    let suspended = status(
        &[("Ready", "False", "Suspended", "suspended: 3 objects differ")],
        0,
    );
    let api = going_through(&folder, &[unseen(), suspended]);
    assert_snapshot!("install-suspended", api.run(&folder, &INSTALL));
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let folder = Folder::new("no-terminal");
    let api = going_through(&folder, &[ready()]);
    assert_snapshot!("install-no-terminal", api.run(&folder, &INSTALL[..5]));
    assert_snapshot!(
        "uninstall-no-terminal",
        api.run(&folder, &["uninstall", "sea"])
    );
    assert_eq!(api.writes(), Vec::<String>::new());
}

#[test]
fn a_bad_spec_reaches_no_cluster() {
    let folder = Folder::new("install-bad");
    let api = going_through(&folder, &[ready()]);
    assert_snapshot!(
        "install-bad",
        api.run(&folder, &[&INSTALL[..], &["--set", "profil=demo"]].concat())
    );
    assert_eq!(api.writes(), Vec::<String>::new());
}

#[test]
fn a_refusal_is_said_in_the_servers_words() {
    let folder = Folder::new("install-refused");
    let refused = |code: u16, message: &str| {
        let api = Answers::default()
            .refuse(&format!("PATCH {PATH}/sea"), code, message)
            .installations(&[installation("sea", &ready())], &[])
            .serve(&folder);
        api.run(&folder, &INSTALL)
    };
    assert_snapshot!(
        "install-forbidden",
        refused(
            403,
            "meshinstallations.mainsheet.dev \"sea\" is forbidden: User \"eve\" cannot patch resource \"meshinstallations\" in API group \"mainsheet.dev\" at the cluster scope"
        )
    );
    assert_snapshot!(
        "install-conflict",
        refused(
            409,
            "Apply failed with 1 conflict: conflict with \"argocd\" using mainsheet.dev/v1alpha1:\n- .spec.profile"
        )
    );
    assert_snapshot!(
        "install-invalid",
        refused(
            422,
            "MeshInstallation.mainsheet.dev \"sea\" is invalid: spec: Invalid value: spec.namespace: cannot be changed; delete this MeshInstallation and create another"
        )
    );
    assert_snapshot!("install-unauthorized", refused(401, "Unauthorized"));
}

#[test]
fn without_the_crd_it_is_said_how_to_install_the_operator() {
    let folder = Folder::new("no-crd");
    let api = Answers::default()
        .to("GET /version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.4", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
        .serve(&folder);
    assert_snapshot!("status-no-crd", api.run(&folder, &["status"]));
    assert_snapshot!(
        "version-no-crd",
        api.run(&folder, &["version"])
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
}

#[test]
fn status_is_ready_only_when_everything_is() {
    let folder = Folder::new("status");
    let told = |there: &[Value], arguments: &[&str]| {
        let api = Answers::default().installations(there, &[]).serve(&folder);
        api.run(&folder, &[&["status"], arguments].concat())
    };
    let (sea, lake) = (
        installation("sea", &ready()),
        installation("lake", &working()),
    );
    assert_snapshot!("status-ready", told(std::slice::from_ref(&sea), &[]));
    assert_snapshot!(
        "status-named",
        told(&[lake.clone(), sea.clone()], &["sea", "-o", "yaml"])
    );
    assert_snapshot!("status-not-ready", told(&[lake.clone(), sea.clone()], &[]));
    assert_snapshot!("status-names", told(&[lake, sea], &["-o", "name"]));
    assert_snapshot!(
        "status-stalled",
        told(&[installation("sea", &stalled())], &[])
    );
    assert_snapshot!(
        "status-unseen",
        told(&[installation("sea", &unseen())], &["-o", "json"])
    );
    assert_snapshot!("status-none", told(&[], &[]));
    assert_snapshot!("status-unknown", {
        let missing = "meshinstallations.mainsheet.dev \"lake\" not found";
        let api = Answers::default()
            .refuse(&format!("GET {PATH}/lake"), 404, missing)
            .serve(&folder);
        api.run(&folder, &["status", "lake"])
    });
}

#[test]
fn status_shows_every_change_until_the_end() {
    let folder = Folder::new("status-watch");
    let there = installation("sea", &working());
    let api = Answers::default()
        .installations(&[there], &[installation("sea", &ready()), Value::Null])
        .serve(&folder);
    assert_snapshot!("status-watch", api.run(&folder, &["status", "--watch"]));
}

#[test]
fn uninstall_sets_the_policy_and_waits_until_it_is_gone() {
    let folder = Folder::new("uninstall");
    let deleting = status(
        &[
            (
                "Reconciling",
                "True",
                "Deleting",
                "deleting the mesh: 12 objects are still there",
            ),
            (
                "Ready",
                "False",
                "Deleting",
                "deleting the mesh: 12 objects are still there",
            ),
        ],
        1,
    );
    let there = installation("sea", &ready());
    let api = Answers::default()
        .to(&format!("PATCH {PATH}/sea"), there.clone())
        .to(&format!("DELETE {PATH}/sea"), there.clone())
        .installations(&[there], &[installation("sea", &deleting), Value::Null])
        .serve(&folder);
    assert_snapshot!(
        "uninstall-cascade",
        api.run(&folder, &["uninstall", "--cascade", "-y"])
    );
    assert_snapshot!("uninstall-cascade-writes", api.writes().join("\n"));
}

#[test]
fn uninstall_wants_a_name_where_there_are_several() {
    let folder = Folder::new("uninstall-which");
    let there = [
        installation("lake", &ready()),
        installation("sea", &ready()),
    ];
    let api = Answers::default().installations(&there, &[]).serve(&folder);
    assert_snapshot!("uninstall-which", api.run(&folder, &["uninstall", "-y"]));
    assert_snapshot!(
        "uninstall-both-ways",
        api.run(&folder, &["uninstall", "--cascade", "--orphan"])
    );
}

#[test]
fn uninstall_that_stays_says_so() {
    let folder = Folder::new("uninstall-orphan");
    let api = going_through(&folder, &[ready()]);
    assert_snapshot!(
        "uninstall-orphan",
        api.run(
            &folder,
            &["uninstall", "sea", "--orphan", "-y", "--no-wait"]
        )
    );
}

/// A server with a mesh, and these objects of kind ConfigMap that carry Mainsheet's label.
fn with_config_maps(folder: &Folder, items: &[Value]) -> Api {
    Answers::default()
        .to("GET /version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.4", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
        .to("GET /api/v1/configmaps", json!({"items": items}))
        .to("GET /api/v1/namespaces/istio-system", json!({"kind": "PartialObjectMetadata"}))
        .installations(&[installation("sea", &ready())], &[])
        .serve(folder)
}

fn leftover(holder: &str) -> Value {
    json!({"metadata": {
        "name": format!("left-by-{holder}"), "namespace": "istio-system", "uid": "u",
        "labels": {"mainsheet.dev/installation": holder, "mainsheet.dev/component": "pilot"},
        "managedFields": [{"manager": "mainsheet", "operation": "Apply"}],
    }})
}

const DIFF: [&str; 5] = ["diff", "--name", "sea", "--profile", "empty"];

#[test]
fn diff_tells_with_its_exit_code_whether_anything_would_change() {
    let folder = Folder::new("diff");
    assert_snapshot!(
        "diff-nothing",
        with_config_maps(&folder, &[]).run(&folder, &DIFF)
    );
    let api = with_config_maps(&folder, &[leftover("sea"), leftover("lake")]);
    assert_snapshot!("diff-delete", api.run(&folder, &DIFF));
    assert_snapshot!(
        "diff-delete-json",
        api.run(&folder, &[&DIFF[..], &["-o", "json"]].concat())
    );
    assert_eq!(api.writes(), Vec::<String>::new());
}

#[test]
fn diff_that_cannot_be_made_exits_with_two() {
    let folder = Folder::new("diff-error");
    let api = Answers::default()
        .to("GET /version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.4", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
        .refuse("GET /api/v1/configmaps", 403, "configmaps is forbidden: User \"eve\" cannot list resource \"configmaps\" in API group \"\" at the cluster scope")
        .serve(&folder);
    assert_snapshot!("diff-forbidden", api.run(&folder, &DIFF));
    assert_snapshot!(
        "diff-bad-file",
        api.run(&folder, &["diff", "-f", "missing.yaml"])
    );
}
