//! `proxy-status` against stand-ins for istiod's debug interface.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::api::{Answers, Api};

const DUMP: &str = include_str!("../data/envoy/config_dump.json");

fn url(name: &str) -> String {
    format!("type.googleapis.com/envoy.config.{name}")
}

/// Two proxies as newer istiods have them; one is behind, one has refused something.
fn newer() -> Value {
    let synced = json!({"sent": "n7", "acked": "n7"});
    json!([
        {"cluster_id": "Kubernetes", "proxy": "web-7d4b9.shop", "proxy_type": "sidecar", "istio_version": "1.30.3",
         "resources": {url("cluster.v3.Cluster"): synced, url("listener.v3.Listener"): {"sent": "n8", "acked": "n7"},
                       url("endpoint.v3.ClusterLoadAssignment"): synced, url("route.v3.RouteConfiguration"): synced}},
        {"cluster_id": "Kubernetes", "proxy": "gate-0.edge", "proxy_type": "router", "istio_version": "1.30.3",
         "resources": {url("cluster.v3.Cluster"): synced, url("route.v3.RouteConfiguration"): {"sent": "n9", "lastError": "no such cluster"},
                       "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret": synced}},
    ])
}

/// A proxy as older istiods have it.
fn older() -> Value {
    json!([{"cluster_id": "Kubernetes", "proxy": "books-5f.shop", "istio_version": "1.23.1",
            "cluster_sent": "a", "cluster_acked": "a", "listener_sent": "b", "listener_acked": "b"}])
}

fn istiod(folder: &Folder, proxies: Value) -> Api {
    Answers::default()
        .to("GET /debug/syncz", proxies)
        .serve(folder)
}

/// The outcome without the ports of the istiods.
fn told(folder: &Folder, istiods: &[&Api], words: &[&str]) -> String {
    let mut command = folder.command();
    command.arg("proxy-status").args(words);
    for istiod in istiods {
        command.args(["--istiod-address", &istiod.address()]);
    }
    let told = folder.told(&command.output().unwrap());
    let ports = istiods.iter().enumerate();
    ports.fold(told, |told, (at, istiod)| {
        told.replace(
            &istiod.address(), // As long as the address, so that columns stay in line.
            &format!("istiod-{at:02}:15014"),
        )
    })
}

#[test]
fn help() {
    assert_snapshot!("ps-help", Folder::new("ps-help").run(&["ps", "--help"]));
}

#[test]
fn proxies_of_several_istiods_are_one_list() {
    let folder = Folder::new("ps-list");
    let (one, other) = (istiod(&folder, newer()), istiod(&folder, older()));
    let told = |words: &[&str]| told(&folder, &[&one, &other], words);
    assert_snapshot!("ps", told(&[]));
    assert_snapshot!("ps-wide", told(&["-o", "wide"]));
    assert_eq!(told(&["-v", "1"]), told(&["-o", "wide"]));
    assert_snapshot!("ps-json", told(&["-o", "json", "--proxy", "gate"]));
    assert_snapshot!(
        "ps-yaml",
        told(&["-o", "yaml", "-n", "shop", "--proxy", "books"])
    );
    assert_snapshot!("ps-names", told(&["-o", "name", "-n", "shop"]));
    assert_snapshot!("ps-none", told(&["--proxy", "nobody"]));
}

#[test]
fn an_istiod_that_is_silent_is_said() {
    let folder = Folder::new("ps-silent");
    let one = istiod(&folder, older());
    let refuses = Answers::default()
        .refuse("GET /debug/syncz", 403, "no")
        .serve(&folder);
    let strange = istiod(&folder, json!({"not": "a list"}));
    assert_snapshot!("ps-one-silent", told(&folder, &[&one, &refuses], &[]));
    assert_snapshot!("ps-strange", told(&folder, &[&strange], &[]));
}

#[test]
fn without_istiod_it_is_said_where_to_look() {
    let folder = Folder::new("ps-no-istiod");
    let api = Answers::default()
        .to("GET /api/v1/pods", json!({"items": []}))
        .serve(&folder);
    assert_snapshot!("ps-no-istiod", api.run(&folder, &["ps"]));
    assert_snapshot!(
        "ps-no-revision",
        api.run(&folder, &["ps", "--revision", "canary"])
    );
}

#[test]
fn a_pod_of_istiod_that_cannot_be_reached_is_named() {
    let folder = Folder::new("ps-pod");
    let pod = json!({"metadata": {"name": "istiod-7d4b9", "namespace": "istio-system"}, "status": {"phase": "Running"}});
    let forward = "GET /api/v1/namespaces/istio-system/pods/istiod-7d4b9/portforward";
    let message = "pods \"istiod-7d4b9\" is forbidden: User \"eve\" cannot create resource \"pods/portforward\"";
    let api = Answers::default()
        .refuse(forward, 403, message)
        .to("GET /api/v1/pods", json!({"items": [pod]}))
        .serve(&folder);
    assert_snapshot!("ps-forbidden", api.run(&folder, &["ps"]));
}

/// What istiod would send, as protobuf's JSON writes it, made from what the proxy has.
fn camel(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let mut words = name.split('_');
                let mut camel = words.next().unwrap().to_owned();
                for word in words {
                    camel += &word[..1].to_uppercase();
                    camel += &word[1..];
                }
                (
                    if name.starts_with('@') {
                        name.clone()
                    } else {
                        camel
                    },
                    self::camel(value),
                )
            })
            .collect(),
        Value::Array(elements) => elements.iter().map(camel).collect(),
        scalar => scalar.clone(),
    }
}

#[test]
fn one_proxy_is_held_against_istiod() {
    let folder = Folder::new("ps-diff");
    folder.file("dump.json", DUMP);
    let sent = camel(&serde_json::from_str(DUMP).unwrap());
    let with = |sent: &Value| {
        Answers::default()
            .to(
                "GET /debug/config_dump?proxyID=web-7d4b9.shop",
                sent.clone(),
            )
            .serve(&folder)
    };
    let elsewhere = Answers::default().serve(&folder);
    let same = with(&sent);
    assert_snapshot!(
        "ps-diff-same",
        told(&folder, &[&elsewhere, &same], &["--file", "dump.json"])
    );

    let mut changed = sent.clone();
    let clusters = changed["configs"][1]["dynamicActiveClusters"]
        .as_array_mut()
        .unwrap();
    clusters.retain(|entry| entry["cluster"]["name"] != "BlackHoleCluster");
    clusters[0]["cluster"]["connectTimeout"] = json!("10s");
    let differs = with(&changed);
    assert_snapshot!(
        "ps-diff",
        told(&folder, &[&differs], &["--file", "dump.json"])
    );
    assert_snapshot!(
        "ps-diff-nowhere",
        told(&folder, &[&elsewhere], &["--file", "dump.json"])
    );
    folder.file("clusters.json", include_str!("../data/envoy/clusters.json"));
    assert_snapshot!(
        "ps-diff-no-node",
        told(&folder, &[&same], &["--file", "clusters.json"])
    );
}
