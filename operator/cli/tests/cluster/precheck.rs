//! `precheck`: clusters that can take a mesh, and such that cannot.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::api::Answers;

const LISTS: [&str; 5] = [
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/apps/v1/deployments",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/api/v1/namespaces",
    "/api/v1/nodes",
];
const REVIEWS: &str = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
}

fn version(git: &str) -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": git, "gitCommit": "", "gitTreeState": "",
           "buildDate": "", "goVersion": "", "compiler": "", "platform": ""})
}

fn named(name: &str, labels: &Value) -> Value {
    json!({"metadata": {"name": name, "labels": labels}})
}

fn node() -> Value {
    json!({"metadata": {"name": "n1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
}

/// A cluster with these nodes, in which one may do everything or nothing.
fn cluster(git: &str, may: bool) -> Answers {
    Answers::default()
        .to("GET /version", version(git))
        .to(REVIEWS, json!({"status": {"allowed": may}}))
}

#[test]
fn an_empty_cluster_takes_a_mesh() {
    let folder = Folder::new("precheck-good");
    let server = cluster("v1.36.1", true)
        .to(&format!("GET {}?", LISTS[4]), list(&[node()]))
        .to(
            &format!("GET {}?", LISTS[3]),
            list(&[named("shop", &json!({}))]),
        )
        .serve(&folder);
    assert_snapshot!("good", server.run(&folder, &["precheck"]));
    assert_snapshot!(
        "good-ambient",
        server.run(&folder, &["precheck", "--profile", "ambient"])
    );
    assert_snapshot!(
        "good-json",
        server.run(&folder, &["precheck", "-o", "json"])
    );
    let asked: Vec<String> = server
        .writes()
        .into_iter()
        .filter(|asked| !asked.starts_with(REVIEWS))
        .collect();
    assert_eq!(asked, Vec::<String>::new());
}

#[test]
fn every_failure_says_what_to_do() {
    let folder = Folder::new("precheck-bad");
    let is = |value: &str| json!([{"key": "istio.io/rev", "operator": "In", "values": [value]}]);
    let webhook = json!({"metadata": {"name": "istio-revision-tag-default", "labels": {"istio.io/rev": "default"}},
        "webhooks": [{"name": "rev.namespace.sidecar-injector.istio.io", "namespaceSelector": {"matchExpressions": is("default")},
                      "objectSelector": {}}]});
    let istiod = json!({"metadata": {"name": "istiod", "namespace": "istio-system",
        "labels": {"app": "istiod", "istio.io/rev": "default", "install.operator.istio.io/owning-resource": "unknown"}},
        "spec": {"template": {"spec": {"containers": [{"name": "discovery", "image": "docker.io/istio/pilot:1.26.0"}]}}}});
    let crd = json!({"metadata": {"name": "telemetries.telemetry.istio.io", "annotations": {"meta.helm.sh/release-name": "istio-base"}},
        "spec": {"versions": [{"name": "v1alpha1", "served": true}]}});
    let gateway_api = json!({"metadata": {"name": "gateways.gateway.networking.k8s.io",
        "annotations": {"gateway.networking.k8s.io/bundle-version": "v0.4.0", "gateway.networking.k8s.io/channel": "standard"}},
        "spec": {"versions": [{"name": "v1alpha2", "served": true}]}});
    let strict = named(
        "istio-system",
        &json!({"pod-security.kubernetes.io/enforce": "restricted"}),
    );
    let server = cluster("v1.28.0", false)
        .to(
            &format!("GET {}?labelSelector=app%3Distiod", LISTS[1]),
            list(&[istiod]),
        )
        .to(&format!("GET {}?", LISTS[0]), list(&[crd, gateway_api]))
        .to(&format!("GET {}?", LISTS[2]), list(&[webhook]))
        .to(&format!("GET {}?", LISTS[3]), list(&[strict]))
        .to(&format!("GET {}?", LISTS[4]), list(&[]))
        .serve(&folder);
    assert_snapshot!(
        "bad",
        server.run(
            &folder,
            &["precheck", "--set", "components.cni.enabled=true"]
        )
    );
    assert_snapshot!("bad-name", server.run(&folder, &["precheck", "-o", "name"]));
}

#[test]
fn what_may_not_be_read_is_said_and_is_no_failure_of_the_cluster() {
    let folder = Folder::new("precheck-forbidden");
    let mut answers = cluster("v1.36.1-gke.1", true);
    for path in LISTS {
        answers = answers.refuse(
            &format!("GET {path}?"),
            403,
            "forbidden: User \"eve\" cannot list",
        );
    }
    let server = answers.serve(&folder);
    assert_snapshot!("forbidden", server.run(&folder, &["precheck"]));
}

#[test]
fn a_firewall_before_the_injector_is_found_by_a_pod_on_trial() {
    let folder = Folder::new("precheck-probe");
    let webhook = json!({"metadata": {"name": "istio-sidecar-injector", "labels": {"istio.io/rev": "default", "mainsheet.dev/installation": "mesh"}}});
    let answers = || {
        cluster("v1.36.1-gke.1", true)
            .to(
                &format!("GET {}?", LISTS[2]),
                list(std::slice::from_ref(&webhook)),
            )
            .to(&format!("GET {}?", LISTS[4]), list(&[node()]))
    };
    let pods = "POST /api/v1/namespaces/istio-system/pods";
    let refused = "Internal error occurred: failed calling webhook \"object.sidecar-injector.istio.io\": context deadline exceeded";
    let server = answers().refuse(pods, 500, refused).serve(&folder);
    let injection = |told: String| {
        told.lines()
            .find(|line| line.contains("injection:"))
            .unwrap_or_default()
            .to_owned()
    };
    assert_snapshot!(
        "probe-refused",
        injection(server.run(&folder, &["precheck"]))
    );
    let folder = Folder::new("precheck-probe-good");
    let pod = json!({"spec": {"containers": [{"name": "app"}], "initContainers": [{"name": "istio-proxy"}]}});
    let server = answers().to(pods, pod).serve(&folder);
    assert_snapshot!("probe-good", injection(server.run(&folder, &["precheck"])));
}

#[test]
fn a_spec_that_cannot_be_is_bad_input() {
    let folder = Folder::new("precheck-spec");
    let server = cluster("v1.36.1", true).serve(&folder);
    assert_snapshot!(
        "spec",
        server.run(&folder, &["precheck", "--set", "values.pilto.x=1"])
    );
}
