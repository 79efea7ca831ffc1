//! `bug-report`: what is in the archive, and what is not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tar::Archive;

use crate::support::Folder;
use crate::support::api::{Answers, Api};

const VERSION: [&str; 8] = [
    "major",
    "minor",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

fn cluster(folder: &Folder) -> Api {
    let mut version: Value = VERSION
        .iter()
        .map(|field| ((*field).to_owned(), json!("")))
        .collect();
    version["gitVersion"] = json!("v1.36.4");
    let mesh = json!({"apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
                      "metadata": {"name": "sea", "managedFields": [{"manager": "me"}]},
                      "spec": {"namespace": "waves", "values": {"adminPassword": "hunter2"}}});
    let istiod = json!({"metadata": {"name": "istiod-7d", "namespace": "waves"},
                        "status": {"phase": "Running", "containerStatuses": [
                            {"name": "discovery", "restartCount": 1, "ready": true, "image": "", "imageID": ""}]}});
    let config = json!({"metadata": {"name": "istio", "namespace": "waves"}, "data": {"mesh": "accessToken: hunter2\nrootNamespace: waves"}});
    let node = json!({"metadata": {"name": "node-1"}, "status": {"nodeInfo": {"kubeletVersion": "v1.36.4"},
                      "conditions": [{"type": "Ready", "status": "True"}]}});
    Answers::default()
        .to("GET /version", version)
        .to("GET /api/v1/configmaps", json!({"items": [config]}))
        .to("GET /api/v1/nodes", json!({"items": [node]}))
        .to(
            "GET /api/v1/namespaces",
            json!({"items": [{"metadata": {"name": "waves", "labels": {"a": "b"}}}]}),
        )
        .to(
            "GET /api/v1/namespaces/waves/events",
            json!({"items": [{"reason": "Pulled"}]}),
        )
        .refuse(
            "GET /api/v1/namespaces/default/events",
            403,
            "events is forbidden: User \"eve\" cannot list resource \"events\"",
        )
        .to(
            "GET /api/v1/namespaces/waves/pods/istiod-7d/log",
            json!("started with token=hunter2 at port 15012"),
        )
        .to(
            "GET /api/v1/pods?labelSelector=app%3Distiod",
            json!({"items": [istiod]}),
        )
        .to(
            "GET /api/v1/pods?&labelSelector=app%3Distiod",
            json!({"items": [istiod]}),
        )
        .to("GET /api/v1/pods", json!({"items": []}))
        .installations(&[mesh], &[])
        .serve(folder)
}

fn files(folder: &Folder, name: &str) -> BTreeMap<String, String> {
    let file = File::open(folder.path().join(name)).unwrap();
    let mut archive = Archive::new(GzDecoder::new(file));
    let read = |entry: std::io::Result<tar::Entry<'_, GzDecoder<File>>>| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        // The folder has the time in its name.
        (path.split_once('/').unwrap().1.to_owned(), text)
    };
    archive.entries().unwrap().map(read).collect()
}

#[test]
fn the_archive_has_what_helps_and_no_secrets() {
    let folder = Folder::new("bug-report");
    let api = cluster(&folder);
    let told = api.run(&folder, &["bug-report", "--output", "report.tar.gz"]);
    assert_snapshot!("bug-report", told);
    let files = files(&folder, "report.tar.gz");
    let whole: Vec<String> = files
        .iter()
        .map(|(path, text)| format!("--- {path}\n{text}"))
        .collect();
    let whole = whole.join("\n");
    assert!(
        !whole.contains("hunter2") && !whole.contains("managedFields"),
        "{whole}"
    );
    assert_snapshot!(
        "bug-report-files",
        whole.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
    assert_eq!(api.writes(), Vec::<String>::new());
}

#[test]
fn nothing_is_overwritten_and_nothing_half_is_left() {
    let folder = Folder::new("bug-report-files");
    folder.file("mine.tar.gz", "mine");
    let api = cluster(&folder);
    let told = api.run(&folder, &["bug-report", "--output", "mine.tar.gz"]);
    assert_snapshot!("bug-report-exists", told);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("mine.tar.gz")).unwrap(),
        "mine"
    );
    folder.file("kubeconfig", crate::support::api::kubeconfig(1));
    let told = folder.run(&[
        "bug-report",
        "--output",
        "new.tar.gz",
        "--kubeconfig",
        "kubeconfig",
    ]);
    assert_snapshot!("bug-report-unreachable", told);
    assert!(!folder.path().join("new.tar.gz").exists());
}

#[test]
fn a_dry_run_lists_and_asks_nobody() {
    let folder = Folder::new("bug-report-dry");
    assert_snapshot!("bug-report-dry", folder.run(&["bug-report", "--dry-run"]));
    assert_snapshot!("bug-report-help", folder.run(&["bug-report", "--help"]));
}
