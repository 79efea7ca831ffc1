//! `verify-install`: objects that are there, missing, different, not ready.

use insta::assert_snapshot;
use serde_json::json;

use super::{installation, ready};
use crate::support::Folder;
use crate::support::api::Answers;

const OBJECTS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: sea}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: istio, namespace: sea}
  data: {mesh: 'a: 1'}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: istiod, namespace: sea}
  spec: {replicas: 1}
- apiVersion: networking.istio.io/v1
  kind: Gateway
  metadata: {name: gate, namespace: sea}
";

fn answers() -> Answers {
    Answers::default()
        .to("GET /api/v1/namespaces/sea", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "sea"}}))
        .to("GET /api/v1/namespaces/sea/configmaps/istio", json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "istio", "namespace": "sea"}, "data": {"mesh": "a: 2"}}))
        .to("GET /apis/apps/v1/namespaces/sea/deployments/istiod", json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "istiod", "namespace": "sea", "generation": 1}, "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}}))
}

#[test]
fn every_object_of_a_manifest_has_a_line_and_all_have_totals() {
    let folder = Folder::new("verify-manifest");
    folder.file("objects.yaml", OBJECTS);
    let server = answers().serve(&folder);
    for form in ["table", "json", "name"] {
        let told = server.run(
            &folder,
            &["verify-install", "-f", "objects.yaml", "-o", form],
        );
        assert_snapshot!(format!("manifest-{form}"), told);
    }
}

#[test]
fn what_is_no_object_is_bad_input() {
    let folder = Folder::new("verify-bad");
    folder.file("bad.yaml", "a: 1\n");
    let server = answers().serve(&folder);
    assert_snapshot!(
        "bad",
        server.run(&folder, &["verify-install", "-f", "bad.yaml"])
    );
    assert_snapshot!("nothing", server.run(&folder, &["verify-install"]));
}

#[test]
fn a_mesh_whose_objects_are_gone_is_told_object_by_object() {
    let folder = Folder::new("verify-mesh");
    let server = Answers::default()
        .to("GET /version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.1", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
        .installations(&[installation("sea", &ready())], &[])
        .serve(&folder);
    let told = server.run(&folder, &["verify-install", "sea"]);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(
        told.contains("missing Deployment istio-system/istiod\n"),
        "{told}"
    );
    assert!(told.contains("checked: 0 good, "), "{told}");
}
