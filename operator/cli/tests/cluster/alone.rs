//! `install` without an operator in the cluster. The whole of it is tried against a real API server
//! (e2e/tests/cli.rs); here it is what is said before anything is done.

use serde_json::{Value, json};

use super::{installation, ready};
use crate::support::Folder;
use crate::support::api::Answers;

fn version() -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.1", "gitCommit": "", "gitTreeState": "",
           "buildDate": "", "goVersion": "", "compiler": "", "platform": ""})
}

#[test]
fn without_meshinstallations_the_plan_is_made_here() {
    let folder = Folder::new("alone-plan");
    let server = Answers::default()
        .to("GET /version", version())
        .serve(&folder);
    let told = server.run(
        &folder,
        &["install", "--profile", "minimal", "--dry-run=client"],
    );
    assert!(told.starts_with("exit code: 0\n"), "{told}");
    assert!(
        told.contains("\ncreate  Deployment istio-system/istiod\n"),
        "{told}"
    );
    assert!(
        told.contains("there is no operator in the cluster: the plan is carried out from here"),
        "{told}"
    );
    assert!(
        told.ends_with("nothing was changed: this was a dry run\n"),
        "{told}"
    );
    let asks = server.run(&folder, &["apply", "--profile", "minimal"]);
    assert!(asks.starts_with("exit code: 2\n"), "{asks}");
    assert_eq!(server.writes(), Vec::<String>::new());
}

#[test]
fn what_only_an_operator_does_is_said_beforehand() {
    let folder = Folder::new("alone-limits");
    let server = Answers::default()
        .to("GET /version", version())
        .serve(&folder);
    let words = ["install", "--profile", "minimal", "--dry-run=client"];
    let tags = [
        &words[..],
        &["--set", "tags[0].name=prod"],
        &["--set", "tags[0].target=Active"],
    ];
    let told = server.run(&folder, &tags.concat());
    assert!(
        told.contains("warning: spec.tags: without an operator they are not carried out"),
        "{told}"
    );
    let told = server.run(&folder, &[&words[..], &["--adopt"]].concat());
    assert!(
        told.starts_with("exit code: 1\n") && told.contains("--adopt: what another installer"),
        "{told}"
    );
}

#[test]
fn what_is_an_operators_is_not_touched_from_here() {
    let folder = Folder::new("alone-managed");
    let server = Answers::default()
        .installations(&[installation("sea", &ready())], &[])
        .serve(&folder);
    let told = server.run(
        &folder,
        &["install", "--name", "sea", "--no-operator", "-y"],
    );
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(
        told.contains("MeshInstallation sea is an operator's work"),
        "{told}"
    );
    assert_eq!(server.writes(), Vec::<String>::new());
}
