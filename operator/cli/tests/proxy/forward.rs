//! Verbs that reach into pods: the API server forwards their ports.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::api::{Answers, Api};

const DUMP: &str = include_str!("../data/envoy/config_dump.json");

fn dump() -> Value {
    serde_json::from_str(DUMP).unwrap()
}

fn pod(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace}, "status": {"phase": "Running"}})
}

#[test]
fn a_proxy_in_a_pod_is_asked() {
    let folder = Folder::new("forward-envoy");
    let envoy = Answers::default()
        .to("GET /config_dump", dump())
        .serve(&folder);
    let api = Answers::default()
        .forward("shop/web-7d4b9", &envoy.address())
        .serve(&folder);
    let live = api.run(&folder, &["pc", "cluster", "web-7d4b9.shop"]);
    folder.file("dump.json", DUMP);
    assert_eq!(live, folder.run(&["pc", "cluster", "-f", "dump.json"]));
}

#[test]
fn a_pod_in_which_nobody_listens_is_said_in_the_nodes_words() {
    let folder = Folder::new("forward-nobody");
    let api = Answers::default()
        .forward("shop/web-7d4b9", "127.0.0.1:1")
        .serve(&folder);
    assert_snapshot!(
        "forward-nobody",
        api.run(&folder, &["pc", "cluster", "web-7d4b9.shop"])
    );
}

#[test]
fn every_istiod_of_the_cluster_is_asked() {
    let folder = Folder::new("forward-istiod");
    let proxy = |name: &str| {
        json!([{"cluster_id": "Kubernetes", "proxy": name, "istio_version": "1.30.3",
                                     "cluster_sent": "a", "cluster_acked": "a"}])
    };
    let old = Answers::default()
        .to("GET /debug/syncz", proxy("web-7d4b9.shop"))
        .serve(&folder);
    let new = Answers::default()
        .to("GET /debug/syncz", proxy("gate-0.edge"))
        .to("GET /debug/config_dump?proxyID=web-7d4b9.shop", dump())
        .serve(&folder);
    let envoy = Answers::default()
        .to("GET /config_dump", dump())
        .serve(&folder);
    let mut waiting = pod("istio-system", "istiod-waits");
    waiting["status"]["phase"] = json!("Pending");
    let pods = [
        pod("istio-system", "istiod-5f"),
        pod("other", "istiod-canary-7d"),
        waiting,
    ];
    let api = Answers::default()
        .to("GET /api/v1/pods", json!({"items": pods}))
        .forward("istio-system/istiod-5f", &old.address())
        .forward("other/istiod-canary-7d", &new.address())
        .forward("shop/web-7d4b9", &envoy.address())
        .serve(&folder);
    assert_snapshot!("forward-ps", api.run(&folder, &["ps"]));
    assert_snapshot!(
        "forward-ps-diff",
        api.run(&folder, &["ps", "web-7d4b9.shop"])
    );
}

/// An API server with a Prometheus in a pod.
fn with_prometheus(folder: &Folder) -> Api {
    let page = Answers::default()
        .to("GET /graph", json!("a chart"))
        .serve(folder);
    Answers::default()
        .to(
            "GET /api/v1/pods",
            json!({"items": [pod("telemetry", "prometheus-0")]}),
        )
        .forward("telemetry/prometheus-0", &page.address())
        .serve(folder)
}

#[test]
fn a_page_is_served_until_ctrl_c() {
    let folder = Folder::new("forward-dashboard");
    let _api = with_prometheus(&folder);
    let mut child = folder
        .command()
        .args([
            "dashboard",
            "prometheus",
            "--kubeconfig",
            "kubeconfig",
            "--port",
            "0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let address = url.trim().strip_prefix("http://").unwrap();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /graph HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("a chart"), "{answer}");
    }
    let interrupted = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "forwarded to pod telemetry/prometheus-0 port 9090; Ctrl-C ends it\n"
    );
}

#[test]
fn pages_that_cannot_be_shown_are_refused() {
    let folder = Folder::new("dashboard-bad");
    let api = Answers::default()
        .to("GET /api/v1/pods", json!({"items": []}))
        .to(
            "GET /api/v1/namespaces/telemetry/pods",
            json!({"items": []}),
        )
        .serve(&folder);
    let told = [
        &["grafana"][..],
        &["kiali", "-n", "telemetry"],
        &["envoy"],
        &["charts"],
        &["jaeger", "--address", "here"],
        &["zipkin", "--browser=perhaps"],
    ]
    .map(|words| {
        format!(
            "$ mainsheet d {}\n{}",
            words.join(" "),
            api.run(&folder, &[&["d"], words].concat())
        )
    });
    assert_snapshot!("dashboard-bad", told.join("\n"));
    assert_snapshot!("dashboard-help", folder.run(&["dashboard", "--help"]));
}
