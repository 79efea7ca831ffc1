//! `kube-inject` where nothing is injected; with an injector it is tried in ring 3.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::api::{Answers, Api};

const WEBHOOKS: &str = "GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: web}]}}}
";

fn cluster(folder: &Folder, client_config: &[Value]) -> Api {
    let webhook = |client_config: &Value| {
        json!({"metadata": {"name": "istio-sidecar-injector", "labels": {"istio.io/rev": "default"}},
               "webhooks": [{"name": "namespace.sidecar-injector.istio.io", "clientConfig": client_config,
                             "sideEffects": "None", "admissionReviewVersions": ["v1"]}]})
    };
    let items: Vec<Value> = client_config.iter().map(webhook).collect();
    Answers::default()
        .to(WEBHOOKS, json!({"items": items}))
        .to(
            "GET /api/v1/namespaces/shop",
            json!({"metadata": {"name": "shop"}}),
        )
        .serve(folder)
}

#[test]
fn help() {
    assert_snapshot!(
        "ki-help",
        Folder::new("ki-help").run(&["kube-inject", "--help"])
    );
}

#[test]
fn what_makes_no_pods_comes_out_as_it_went_in() {
    let folder = Folder::new("ki-unchanged");
    let text = "# mine\n---\napiVersion: v1 # kept\nkind: Service\n\n\n---\n# nothing here\n--- # last\n{\"kind\": \"ConfigMap\",   \"apiVersion\": \"v1\"}";
    folder.file("a.yaml", text);
    folder.file("b.yaml", "kind: Other\n");
    let api = cluster(&folder, &[]);
    let told = api.run(&folder, &["kube-inject", "-f", "a.yaml", "-f", "b.yaml"]);
    let wanted =
        format!("exit code: 0\n----- stdout -----\n{text}\n---\nkind: Other\n----- stderr -----\n");
    assert_eq!(told, wanted);
}

#[test]
fn what_must_not_be_injected_is_left_and_said() {
    let folder = Folder::new("ki-left");
    folder.file(
        "host.yaml",
        WEB.replace("{containers", "{hostNetwork: true, containers"),
    );
    folder.file(
        "again.yaml",
        WEB.replace(
            "{template: {",
            "{template: {metadata: {annotations: {sidecar.istio.io/status: x}}, ",
        ),
    );
    let api = cluster(&folder, &[json!({"url": "https://127.0.0.1:1/inject"})]);
    assert_snapshot!(
        "ki-left",
        api.run(
            &folder,
            &["kube-inject", "-f", "host.yaml", "-f", "again.yaml"]
        )
    );
}

#[test]
fn what_cannot_be_injected_is_named_with_its_document() {
    let folder = Folder::new("ki-bad");
    folder.file("web.yaml", WEB);
    folder.file(
        "second.yaml",
        format!(
            "kind: Other\n---\n{}",
            WEB.replace("containers: [{name: web}]", "")
        ),
    );
    folder.file("bad.yaml", "a: [1\n");
    let told = |client_config: &[Value], words: &[&str]| {
        let api = cluster(&folder, client_config);
        api.run(&folder, &[&["kube-inject", "-f"], words].concat())
    };
    let nobody = json!({"url": "https://127.0.0.1:1/inject"});
    let service =
        json!({"service": {"name": "istiod", "namespace": "istio-system", "path": "/inject"}});
    assert_snapshot!("ki-no-webhook", told(&[], &["web.yaml"]));
    assert_snapshot!(
        "ki-no-revision",
        told(
            std::slice::from_ref(&nobody),
            &["web.yaml", "--revision", "canary"]
        )
    );
    assert_snapshot!("ki-no-bundle", told(&[service], &["web.yaml"]));
    assert_snapshot!(
        "ki-nobody",
        told(std::slice::from_ref(&nobody), &["web.yaml"])
    );
    assert_snapshot!(
        "ki-no-containers",
        told(std::slice::from_ref(&nobody), &["second.yaml"])
    );
    assert_snapshot!(
        "ki-not-yaml",
        told(std::slice::from_ref(&nobody), &["bad.yaml"])
    );
    assert_snapshot!("ki-no-file", told(&[nobody], &["missing.yaml"]));
}
