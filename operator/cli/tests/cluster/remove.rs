//! `uninstall` by revision, of everything, and without an operator.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{PATH, installation, ready};
use crate::support::Folder;
use crate::support::api::Answers;

fn ours(kind: &str, namespace: Option<&str>, name: &str, mesh: &str) -> Value {
    json!({"kind": kind, "metadata": {"name": name, "namespace": namespace, "uid": format!("uid-of-{name}"),
        "labels": {"app.kubernetes.io/managed-by": "mainsheet", "mainsheet.dev/installation": mesh, "mainsheet.dev/revision": "default"},
        "managedFields": [{"manager": "mainsheet", "operation": "Apply"}]}})
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
}

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const GATEWAYS: &str = "gateways.networking.istio.io";

/// A cluster in which a mesh was installed without an operator.
/// Whoever looks for the CRD once more after its deletion finds another one of its name.
fn without_operator() -> Answers {
    let mut later = crd();
    later["metadata"]["uid"] = "later".into();
    with_crd(later)
}

fn crd() -> Value {
    ours("CustomResourceDefinition", None, GATEWAYS, "sea")
}

/// The CRD that is served by its name.
fn with_crd(mut served: Value) -> Answers {
    let crd = crd();
    served["spec"] = json!({"versions": [{"name": "v1", "served": true}]});
    Answers::default()
        .to(&format!("GET {CRDS}/{GATEWAYS}"), served)
        .to(
            "GET /apis/networking.istio.io/v1/gateways",
            list(&[json!({}), json!({})]),
        )
        .to(&format!("GET {CRDS}?"), list(&[crd]))
        .to(
            &format!("GET {MUTATING}?"),
            list(&[ours(
                "MutatingWebhookConfiguration",
                None,
                "injector",
                "sea",
            )]),
        )
        .to(
            "GET /apis/apps/v1/deployments?",
            list(&[ours("Deployment", Some("istio-system"), "istiod", "sea")]),
        )
        .to("GET /api/v1/namespaces?", list(&[]))
        .to(&format!("DELETE {CRDS}/{GATEWAYS}"), json!({}))
        .to(&format!("DELETE {MUTATING}/injector"), json!({}))
        .to(
            "DELETE /apis/apps/v1/namespaces/istio-system/deployments/istiod",
            json!({}),
        )
}

#[test]
fn a_mesh_without_an_operator_goes_webhooks_first() {
    let folder = Folder::new("uninstall-alone");
    let server = without_operator().serve(&folder);
    assert_snapshot!("alone", server.run(&folder, &["uninstall", "-y"]));
    assert_snapshot!("alone-writes", server.writes().join("\n"));
    assert_snapshot!(
        "alone-unknown",
        server.run(&folder, &["uninstall", "lake", "-y"])
    );
    assert_snapshot!(
        "alone-unknown-revision",
        server.run(&folder, &["uninstall", "--revision", "blue", "-y"])
    );
    assert_snapshot!(
        "alone-orphan",
        server.run(&folder, &["uninstall", "--orphan", "-y"])
    );
}

#[test]
fn purge_takes_the_crds_too_and_says_what_that_costs() {
    let folder = Folder::new("uninstall-purge");
    let server = without_operator().serve(&folder);
    let asks = server.run(&folder, &["uninstall", "--purge"]);
    assert!(asks.contains("there is no terminal to ask on"), "{asks}");
    assert_eq!(server.writes(), Vec::<String>::new());
    assert_snapshot!(
        "purge",
        server.run(&folder, &["uninstall", "--purge", "-y"])
    );
    assert_snapshot!(
        "purge-nothing",
        Answers::default()
            .serve(&folder)
            .run(&folder, &["uninstall", "--purge", "-y"])
    );
    assert_snapshot!("purge-of-one", folder.run(&["uninstall", "sea", "--purge"]));
}

#[test]
fn a_dry_run_lists_what_would_go_and_deletes_nothing() {
    let folder = Folder::new("uninstall-dry");
    let server = without_operator().serve(&folder);
    assert_snapshot!(
        "dry-alone",
        server.run(&folder, &["uninstall", "--dry-run"])
    );
    assert_snapshot!(
        "dry-purge",
        server.run(&folder, &["uninstall", "--purge", "--dry-run"])
    );
    assert_eq!(server.writes(), Vec::<String>::new());
    let server = without_operator()
        .installations(&[installation("sea", &ready())], &[])
        .serve(&folder);
    let dry = |how: &str| server.run(&folder, &["uninstall", "--dry-run", how]);
    assert_snapshot!("dry-cascade", dry("--cascade"));
    assert_snapshot!("dry-orphan", dry("--orphan"));
    assert_eq!(server.writes(), Vec::<String>::new());
}

#[test]
fn purge_waits_for_a_crd_that_lingers() {
    let folder = Folder::new("uninstall-lingers");
    let server = with_crd(crd()).serve(&folder);
    let words = ["uninstall", "--purge", "-y", "--timeout", "1s"];
    let told = server.run(&folder, &words);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(
        told.contains(
            "CustomResourceDefinition gateways.networking.istio.io was not gone within 1s"
        ),
        "{told}"
    );
    let words = ["uninstall", "--purge", "-y", "--no-wait"];
    assert!(server.run(&folder, &words).starts_with("exit code: 0\n"));
}

#[test]
fn a_revision_names_its_installation() {
    let folder = Folder::new("uninstall-revision");
    let mut blue = installation("sea", &ready());
    blue["spec"]["revision"] = "blue".into();
    let server = Answers::default()
        .to(&format!("DELETE {PATH}/sea"), blue.clone())
        .installations(&[blue], &[Value::Null])
        .serve(&folder);
    assert_snapshot!(
        "revision",
        server.run(&folder, &["uninstall", "--revision", "blue", "-y"])
    );
    assert_snapshot!(
        "revision-unknown",
        server.run(&folder, &["uninstall", "--revision", "default", "-y"])
    );
}
