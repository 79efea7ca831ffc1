//! The life of a mesh: history, upgrade, approve, rollback, retry, pause and resume.

use std::io::Read;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{PATH, installation, ready};
use crate::support::Folder;
use crate::support::api::{Answers, Api};

/// A mesh that has gone from 1.28 to 1.29, with a third record that failed.
pub(super) fn lived() -> Value {
    let mut status = ready();
    status["version"] = "1.29.6".into();
    status["revisions"] = json!([
        {"name": "sea-b", "istioRevision": "default", "version": "1.29.6", "state": "Active", "pods": 12},
        {"name": "sea-x", "istioRevision": "default", "version": "1.30.3", "state": "Superseded", "pods": 0},
        {"name": "sea-a", "istioRevision": "default", "version": "1.28.10", "state": "Superseded", "pods": 3,
         "usedBy": ["Job batch/nightly"]},
    ]);
    let ended = |revision: &str, version: &str, outcome: &str, day: u32| {
        json!({"revision": revision, "version": version, "outcome": outcome,
               "finishedAt": format!("2026-01-0{day}T10:00:00Z")})
    };
    status["history"] = json!([
        ended("sea-x", "1.30.3", "RolledBack", 3),
        ended("sea-b", "1.29.6", "Completed", 2),
        ended("sea-a", "1.28.10", "Completed", 1),
        ended("sea-0", "1.27.0", "Completed", 1),
    ]);
    status["upgrade"] = json!({"from": "sea-b", "to": "sea-x", "phase": "RolledBack", "message": "istiod did not become ready"});
    status
}

fn moving() -> Value {
    let mut status = lived();
    status["conditions"] = json!([
        {"type": "Reconciling", "status": "True", "reason": "Upgrading", "message": "moving", "lastTransitionTime": "2026-01-01T00:00:00Z"},
        {"type": "Ready", "status": "True", "reason": "Ready", "message": "ready", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]);
    status["upgrade"] = json!({"from": "sea-b", "to": "sea-x", "phase": "Moving", "wave": "canary", "moved": 3, "total": 10,
                               "message": "Deployment shop/web restarts"});
    status["revisions"][1]["state"] = "Candidate".into();
    status
}

pub(super) fn upgraded() -> Value {
    let mut status = lived();
    status["version"] = "1.30.3".into();
    status["revisions"][0]["state"] = "Retiring".into();
    status["revisions"][1]["state"] = "Active".into();
    status["upgrade"] = json!({"from": "sea-b", "to": "sea-x", "phase": "Completed"});
    status
}

fn awaiting() -> Value {
    let mut status = moving();
    status["upgrade"] = json!({"from": "sea-b", "to": "sea-x", "phase": "AwaitingApproval"});
    status["plan"] = json!({"revision": "sea-x", "hash": "abc123", "create": 2, "update": 5, "delete": 1, "restart": 4,
                            "awaitsApproval": true, "details": "istio-system/mainsheet-plan-sea"});
    status
}

pub(super) fn api(folder: &Folder, states: &[Value]) -> Api {
    let states: Vec<Value> = states
        .iter()
        .map(|state| installation("sea", state))
        .collect();
    Answers::default()
        .to("GET /version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.1", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
        .to(&format!("PATCH {PATH}/sea"), states[0].clone())
        .installations(&states[..1], &states[1..])
        .serve(folder)
}

#[test]
fn history_tells_what_was_and_what_is_kept() {
    let folder = Folder::new("history");
    let server = api(&folder, &[lived()]);
    for form in ["table", "wide", "json", "name"] {
        assert_snapshot!(
            format!("history-{form}"),
            server.run(&folder, &["history", "-o", form])
        );
    }
    let folder = Folder::new("history-moving");
    let server = api(&folder, &[moving()]);
    assert_snapshot!("history-moving", server.run(&folder, &["history", "sea"]));
    assert_snapshot!("status-moving", server.run(&folder, &["status", "sea"]));
    let wide = server.run(&folder, &["status", "sea", "-o", "wide"]);
    assert!(
        wide.contains("USED BY") && wide.contains("Job batch/nightly"),
        "{wide}"
    );
    assert_snapshot!("history-unknown", server.run(&folder, &["history", "lake"]));
}

#[test]
fn upgrade_shows_asks_applies_and_follows() {
    let folder = Folder::new("upgrade");
    let server = api(&folder, &[lived(), moving(), upgraded()]);
    let told = server.run(&folder, &["upgrade", "-y", "--timeout", "20s"]);
    // The plan itself is long, and tested elsewhere.
    let told: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("create "))
        .collect();
    assert_snapshot!("upgrade", told.join("\n"));
    assert_snapshot!("upgrade-writes", server.writes().join("\n"));
}

#[test]
fn upgrade_refuses_steps_that_are_too_far() {
    let folder = Folder::new("upgrade-refused");
    let server = api(&folder, &[lived()]);
    assert_snapshot!(
        "upgrade-down",
        server.run(&folder, &["upgrade", "-y", "--version", "1.28"])
    );
    assert_snapshot!(
        "upgrade-far",
        server.run(&folder, &["upgrade", "-y", "--version", "1.31"])
    );
    assert_snapshot!(
        "upgrade-unknown",
        server.run(&folder, &["upgrade", "-y", "--version", "2.0"])
    );
    let asks = server.run(&folder, &["upgrade"]);
    assert!(asks.contains("there is no terminal to ask on"), "{asks}");
    let rehearsed = server.run(&folder, &["upgrade", "--dry-run"]);
    assert!(
        rehearsed.starts_with("exit code: 0\n") && rehearsed.contains("dry run"),
        "{rehearsed}"
    );
    assert_eq!(server.writes(), Vec::<String>::new());
}

#[test]
fn a_plan_is_seen_before_what_is_said_about_it() {
    let folder = Folder::new("upgrade-order");
    let _server = api(&folder, &[lived()]);
    let (mut both, said) = std::io::pipe().unwrap();
    let mut command = folder.command();
    command
        .args(["upgrade", "--dry-run", "--kubeconfig", "kubeconfig"])
        .stdout(said.try_clone().unwrap())
        .stderr(said);
    let ended = command.status().unwrap();
    // It holds the other end of the pipe.
    drop(command);
    let mut text = String::new();
    both.read_to_string(&mut text).unwrap();
    assert!(ended.success(), "{text}");
    let at = |words: &str| text.find(words).unwrap();
    assert!(at("control plane:") < at("create  "), "{text}");
    assert!(at("0 blocked") < at("this was a dry run"), "{text}");
}

#[test]
fn upgrade_stops_where_a_person_must_approve() {
    let folder = Folder::new("upgrade-awaits");
    let server = api(&folder, &[lived(), awaiting()]);
    let told = server.run(&folder, &["upgrade", "-y", "--timeout", "20s"]);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(told.ends_with("error: MeshInstallation sea waits for approval of its plan; look at it: mainsheet approve sea\n"), "{told}");
}

#[test]
fn approve_names_the_hash_that_was_shown() {
    let folder = Folder::new("approve");
    let server = api(&folder, &[awaiting()]);
    assert_snapshot!("approve", server.run(&folder, &["approve", "-y"]));
    assert_snapshot!(
        "approve-stale",
        server.run(&folder, &["approve", "-y", "--hash", "old"])
    );
    assert_snapshot!("approve-asks", server.run(&folder, &["approve"]));
    assert_snapshot!("approve-writes", server.writes().join("\n"));
    let folder = Folder::new("approve-nothing");
    let server = api(&folder, &[lived()]);
    assert_snapshot!("approve-nothing", server.run(&folder, &["approve", "-y"]));
}

#[test]
fn rollback_goes_to_what_ran_before() {
    let folder = Folder::new("rollback");
    let server = api(&folder, &[lived()]);
    assert_snapshot!(
        "rollback",
        server.run(&folder, &["rollback", "-y", "--no-wait"])
    );
    assert_snapshot!(
        "rollback-unknown",
        server.run(&folder, &["rollback", "-y", "--to", "sea-9"])
    );
    assert_snapshot!(
        "rollback-undo-nothing",
        server.run(&folder, &["rollback", "--undo", "-y"])
    );
    assert_snapshot!("rollback-writes", server.writes().join("\n"));
}

#[test]
fn rollback_waits_until_the_record_runs_again() {
    let folder = Folder::new("rollback-waits");
    let mut back = lived();
    back["revisions"][0]["state"] = "Superseded".into();
    back["revisions"][2]["state"] = "Active".into();
    let server = api(&folder, &[lived(), back]);
    let told = server.run(
        &folder,
        &["rollback", "--to", "sea-a", "-y", "--timeout", "20s"],
    );
    assert!(told.starts_with("exit code: 0\n"), "{told}");
}

#[test]
fn a_rollback_is_undone_by_taking_its_annotation_away() {
    let folder = Folder::new("rollback-undo");
    let mut held = installation("sea", &lived());
    held["metadata"]["annotations"] = json!({"mainsheet.dev/rollback-to": "sea-a"});
    let server = Answers::default()
        .to(&format!("PATCH {PATH}/sea"), held.clone())
        .installations(&[held], &[])
        .serve(&folder);
    assert_snapshot!(
        "rollback-undo",
        server.run(&folder, &["rollback", "--undo", "-y"])
    );
    assert_snapshot!("rollback-undo-writes", server.writes().join("\n"));
}

#[test]
fn what_was_rolled_back_is_tried_again() {
    let folder = Folder::new("retry");
    let server = api(&folder, &[lived()]);
    assert_snapshot!("retry", server.run(&folder, &["retry", "-y", "--no-wait"]));
    assert_snapshot!("retry-writes", server.writes().join("\n"));
    let folder = Folder::new("retry-nothing");
    let server = api(&folder, &[ready()]);
    assert_snapshot!("retry-nothing", server.run(&folder, &["retry", "-y"]));
}

#[test]
fn a_retry_is_not_judged_by_the_failure_that_it_follows() {
    let folder = Folder::new("retry-waits");
    let mut failed = lived();
    failed["conditions"] = json!([
        {"type": "Stalled", "status": "True", "reason": "RolledBack", "message": "the old failure", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]);
    let mut done = upgraded();
    done["revisions"][0]["state"] = "Superseded".into();
    let server = api(&folder, &[failed.clone(), failed, moving(), done]);
    let told = server.run(&folder, &["retry", "-y", "--timeout", "20s"]);
    assert!(told.starts_with("exit code: 0\n"), "{told}");
}

#[test]
fn pause_and_resume_set_suspend() {
    let folder = Folder::new("pause");
    let server = api(&folder, &[ready()]);
    assert_snapshot!("pause", server.run(&folder, &["pause"]));
    assert_snapshot!("resume-already", server.run(&folder, &["resume", "sea"]));
    assert_snapshot!("pause-writes", server.writes().join("\n"));
    let folder = Folder::new("resume");
    let mut paused = installation("sea", &ready());
    paused["spec"]["suspend"] = true.into();
    paused["metadata"]["managedFields"] = json!([{"manager": "argocd", "operation": "Apply", "apiVersion": "mainsheet.dev/v1alpha1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:suspend": {}}}}]);
    let server = Answers::default()
        .to(&format!("PATCH {PATH}/sea"), paused.clone())
        .installations(&[paused], &[])
        .serve(&folder);
    assert_snapshot!("resume-of-another", server.run(&folder, &["resume"]));
    assert_snapshot!("resume-writes", server.writes().join("\n"));
}
