//! `proxy-config` from a dump of a real Envoy (see `e2e/data/envoy` for its configuration), and
//! what becomes of bad input.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::Folder;
use crate::support::api::Answers;

const DUMP: &str = include_str!("../data/envoy/config_dump.json");
const CLUSTERS: &str = include_str!("../data/envoy/clusters.json");

fn folder(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder.file("dump.json", DUMP);
    folder.file("clusters.json", CLUSTERS);
    folder
}

#[test]
fn help_of_every_verb() {
    let folder = Folder::new("pc-help");
    let verbs = [
        "cluster",
        "listener",
        "route",
        "endpoint",
        "secret",
        "ecds",
        "bootstrap",
        "all",
        "log",
    ];
    assert_snapshot!("pc-help", folder.run(&["proxy-config", "--help"]));
    for verb in verbs {
        assert_snapshot!(
            format!("pc-help-{verb}"),
            folder.run(&["pc", verb, "--help"])
        );
    }
}

#[test]
fn tables_of_a_dump() {
    let folder = folder("pc-tables");
    for kind in ["cluster", "listener", "route", "endpoint", "secret", "all"] {
        assert_snapshot!(
            format!("pc-{kind}"),
            folder.run(&["pc", kind, "-f", "dump.json"])
        );
    }
    let outliers = folder.run(&["pc", "ep", "-f", "clusters.json", "--status", "unhealthy"]);
    assert_snapshot!("pc-endpoint-unhealthy", outliers);
}

#[test]
fn filters_narrow_down() {
    let folder = folder("pc-filters");
    let told = |words: &[&str]| folder.run(&[&["pc"], words, &["-f", "dump.json"]].concat());
    let told = [
        &[
            "c",
            "--fqdn",
            "books",
            "--direction",
            "outbound",
            "--port",
            "8080",
            "--subset",
            "v1",
        ][..],
        &["l", "--type", "http"],
        &["l", "--address", "::", "--port", "15001"],
        &["r", "--name", "8080"],
        &["ep", "--cluster", "agent"],
        &["ep", "--address", "10.1.0.21", "--port", "8080"],
        &["c", "--fqdn", "nowhere"],
    ]
    .map(|words| format!("$ mainsheet pc {}\n{}", words.join(" "), told(words)));
    assert_snapshot!("pc-filters", told.join("\n"));
}

#[test]
fn documents_are_whole() {
    let folder = folder("pc-documents");
    let told = |words: &[&str]| folder.run(&[&["pc"], words, &["-f", "dump.json"]].concat());
    assert_snapshot!(
        "pc-cluster-json",
        told(&["c", "--fqdn", "books", "--subset", "v1", "-o", "json"])
    );
    assert_snapshot!(
        "pc-route-yaml",
        told(&["r", "--name", "8080", "-o", "yaml"])
    );
    assert_snapshot!("pc-bootstrap", told(&["b", "-o", "yaml"]));
    assert_snapshot!(
        "pc-none-json",
        told(&["c", "--fqdn", "nowhere", "-o", "json"])
    );
}

#[test]
fn dumps_that_cannot_be_used_are_refused() {
    let folder = folder("pc-bad");
    folder.file("page.html", "<html>");
    folder.file("other.json", "{\"kind\": \"Pod\"}");
    folder.file("without.json", "{\"configs\": []}");
    let told = [
        &["cluster", "-f", "page.html"][..],
        &["cluster", "-f", "other.json"],
        &["cluster", "-f", "without.json"],
        &["endpoint", "-f", "without.json"],
        &["bootstrap", "-f", "clusters.json"],
        &["cluster", "-f", "missing.json"],
        &["cluster"],
        &["cluster", "web", "-f", "dump.json"],
        &["cluster", "configmap/web"],
        &["cluster", "--admin-address", "https://localhost"],
        &["listener", "-f", "dump.json", "--port", "http"],
        &["log", "--admin-address", "localhost:1", "--level", "loud"],
        &[
            "log",
            "--admin-address",
            "localhost:1",
            "--level",
            "debug,info",
        ],
        &["cluster", "--admin-address", "127.0.0.1:1"],
    ]
    .map(|words| {
        format!(
            "$ mainsheet pc {}\n{}",
            words.join(" "),
            folder.run(&[&["pc"], words].concat())
        )
    });
    assert_snapshot!("pc-bad", told.join("\n"));
}

#[test]
fn a_pod_that_cannot_be_reached_is_named() {
    let folder = Folder::new("pc-pod");
    let selector = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}});
    let pod = |phase: &str| json!({"metadata": {"name": format!("web-{phase}")}, "status": {"phase": phase}});
    let api = Answers::default()
        .to("GET /apis/apps/v1/namespaces/shop/deployments/web", selector.clone())
        .to("GET /apis/apps/v1/namespaces/shop/deployments/idle", selector)
        .to("GET /api/v1/namespaces/shop/pods", json!({"items": [pod("Pending"), pod("Running")]}))
        .refuse("GET /api/v1/namespaces/shop/pods/web-Running/portforward", 403, "pods \"web-Running\" is forbidden: User \"eve\" cannot create resource \"pods/portforward\"")
        .refuse("GET /api/v1/namespaces/shop/pods/films/portforward", 404, "pods \"films\" not found")
        .refuse("GET /apis/apps/v1/namespaces/shop/statefulsets/web", 404, "statefulsets.apps \"web\" not found")
        .refuse("GET /api/v1/namespaces/shop/pods/web-odd/portforward", 400, "the pod has no node")
        .serve(&folder);
    assert_snapshot!(
        "pc-pod-odd",
        api.run(&folder, &["pc", "cluster", "pod/web-odd.shop"])
    );
    assert_snapshot!(
        "pc-pod-forbidden",
        api.run(&folder, &["pc", "cluster", "deploy/web.shop"])
    );
    assert_snapshot!(
        "pc-pod-unknown-owner",
        api.run(&folder, &["pc", "cluster", "-n", "shop", "sts/web"])
    );
    assert_snapshot!(
        "pc-pod-unknown",
        api.run(&folder, &["pc", "cluster", "-n", "shop", "films"])
    );
}
