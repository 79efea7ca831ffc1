//! A real cluster: what its users count on. One is shared by all tests; it ends with the test
//! program.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use hack::cluster::{Cluster, Options};
use hack::poll;
use hack::tools::Tool;
use serde_json::Value;

const DEADLINE: Duration = Duration::from_secs(30);

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    Cluster::start(&Options {
        nodes: 2,
        forwards: true,
        ..Options::default()
    })
    .unwrap()
});

/// Runs kubectl with those words; returns success and all that it said.
fn try_kubectl(words: &[&str]) -> (bool, String) {
    let output = CLUSTER.kubectl().args(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn kubectl(words: &[&str]) -> String {
    let (success, text) = try_kubectl(words);
    assert!(success, "kubectl {words:?}: {text}");
    text
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&kubectl(&[words, &["-o", "json"]].concat())).unwrap()
}

#[test]
fn client_and_server_have_the_pinned_version() {
    let version = json(&["version"]);
    for side in ["clientVersion", "serverVersion"] {
        assert_eq!(
            version[side]["gitVersion"],
            Tool::KubeApiserver.version().unwrap(),
            "{side}"
        );
    }
}

#[test]
fn there_are_as_many_nodes_as_were_asked_for() {
    assert_eq!(
        json(&["get", "nodes"])["items"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_deployment_of_two_becomes_available_and_a_service_finds_its_pods() {
    kubectl(&["create", "namespace", "web"]);
    kubectl(&[
        "-n",
        "web",
        "create",
        "deployment",
        "web",
        "--image=web",
        "--replicas=2",
        "--port=80",
    ]);
    kubectl(&[
        "-n",
        "web",
        "wait",
        "deployment/web",
        "--for=condition=Available",
        "--timeout=30s",
    ]);
    kubectl(&["-n", "web", "expose", "deployment/web"]);
    poll::until("two endpoints", DEADLINE, || {
        let slices = json(&["-n", "web", "get", "endpointslices"]);
        let endpoints = slices["items"][0]["endpoints"]
            .as_array()
            .map_or(0, Vec::len);
        Ok((endpoints == 2).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_pod_whose_image_cannot_be_pulled_waits_until_it_has_another() {
    let pod = "pod/broken";
    kubectl(&["run", "broken", "--image=registry.invalid/app:1"]);
    let reason =
        "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff";
    kubectl(&["wait", pod, reason, "--timeout=30s"]);
    kubectl(&["set", "image", pod, "broken=registry.test/app:1"]);
    kubectl(&["wait", pod, "--for=condition=Ready", "--timeout=30s"]);
    kubectl(&["delete", pod]);
}

#[test]
fn a_container_has_written_what_was_said() {
    CLUSTER.write_logs(&["one", "two"]).unwrap();
    kubectl(&["run", "writer", "--image=writer"]);
    kubectl(&[
        "wait",
        "pod/writer",
        "--for=condition=Ready",
        "--timeout=30s",
    ]);
    assert_eq!(kubectl(&["logs", "writer"]), "one\ntwo\n");
    kubectl(&["delete", "pod/writer"]);
}

#[test]
fn a_job_ends() {
    kubectl(&["create", "job", "once", "--image=once"]);
    kubectl(&[
        "wait",
        "job/once",
        "--for=condition=Complete",
        "--timeout=30s",
    ]);
}

#[test]
fn a_service_account_may_do_what_its_role_says_and_the_audit_log_tells() {
    kubectl(&["create", "namespace", "ops"]);
    kubectl(&["-n", "ops", "create", "serviceaccount", "robot"]);
    kubectl(&[
        "-n",
        "ops",
        "create",
        "role",
        "reader",
        "--verb=list",
        "--resource=configmaps",
    ]);
    kubectl(&[
        "-n",
        "ops",
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        "--serviceaccount=ops:robot",
    ]);
    let path = CLUSTER.dir().join("robot.kubeconfig");
    CLUSTER
        .service_account_kubeconfig("ops", "robot", &path)
        .unwrap();
    let path = path.to_str().unwrap();

    let mark = CLUSTER.audit().mark().unwrap();
    // The context's namespace is the account's.
    kubectl(&["--kubeconfig", path, "get", "configmaps"]);
    let (success, text) = try_kubectl(&["--kubeconfig", path, "get", "secrets"]);
    assert!(!success && text.contains("Forbidden"), "{text}");

    let entries = CLUSTER.audit().since(mark).unwrap();
    let asked = |resource: &str| {
        let mut of = entries
            .iter()
            .filter(|entry| entry.is_by_service_account("ops", "robot"));
        let entry = of.find(|entry| entry.is_about("", resource)).unwrap();
        (
            entry.verb.as_str(),
            entry.namespace.as_str(),
            entry.code,
            entry.is_refused(),
        )
    };
    assert_eq!(asked("configmaps"), ("list", "ops", 200, false));
    assert_eq!(asked("secrets"), ("list", "ops", 403, true));
}

#[test]
fn a_token_for_an_account_that_is_not_there_says_which() {
    let nowhere = PathBuf::from("/dev/null/kubeconfig");
    let error = CLUSTER
        .service_account_kubeconfig("default", "nobody", &nowhere)
        .unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.contains("default/nobody") && error.contains("not found"),
        "{error}"
    );
}

#[test]
fn a_program_beside_the_cluster_runs_in_its_care() {
    let mut command = Command::new("sleep");
    command.arg("600");
    let process = CLUSTER.spawn("operator", &command).unwrap();
    assert_eq!(CLUSTER.process("operator").unwrap().pid(), process.pid());
    process.terminate().unwrap();
    assert_eq!(process.wait(DEADLINE).unwrap(), 128 + 15);
    assert!(CLUSTER.process("kube-apiserver").unwrap().is_running());
    assert!(CLUSTER.process("nothing").is_err());
}
