//! `tag`: in the spec of a MeshInstallation, or as webhooks where there is none.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{PATH, installation, ready};
use crate::support::Folder;
use crate::support::api::{Answers, Api};

const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

fn webhook(name: &str, revision: &str, tag: Option<&str>) -> Value {
    let mut labels = json!({"istio.io/rev": revision});
    if let Some(tag) = tag {
        labels["istio.io/tag"] = tag.into();
    }
    let named = tag.unwrap_or(revision);
    json!({"metadata": {"name": name, "labels": labels}, "webhooks": [{
        "name": "rev.namespace.sidecar-injector.istio.io",
        "clientConfig": {"caBundle": "Yg==", "service": {"name": format!("istiod-{revision}"), "namespace": "istio-system", "path": "/inject", "port": 443}},
        "namespaceSelector": {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": [named]}]},
        "objectSelector": {}}]})
}

fn namespace(name: &str, key: &str, value: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {key: value}}})
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
}

fn cluster() -> Answers {
    let webhooks = [
        webhook("istio-sidecar-injector-blue", "blue", None),
        webhook("istio-sidecar-injector-green", "green", None),
        webhook("istio-revision-tag-prod", "blue", Some("prod")),
    ];
    let namespaces = [
        namespace("shop", "istio.io/rev", "prod"),
        namespace("lab", "istio.io/rev", "green"),
        namespace("old", "istio-injection", "enabled"),
    ];
    let of_tag = format!("GET {MUTATING}?labelSelector=istio.io%2Ftag%3Dprod");
    Answers::default()
        .to(&of_tag, list(&webhooks[2..]))
        .to(&format!("GET {MUTATING}?"), list(&webhooks))
        .to("GET /api/v1/namespaces?", list(&namespaces))
        .to("GET /api/v1/services?", list(&[json!({"metadata": {"name": "istiod-revision-tag-prod", "namespace": "istio-system"}})]))
        .to(&format!("PATCH {MUTATING}/istio-revision-tag-next"), json!({}))
        .to(&format!("PATCH {MUTATING}/istio-revision-tag-prod"), json!({}))
        .to("PATCH /api/v1/namespaces/istio-system/services/istiod-revision-tag-next", json!({}))
        .to("PATCH /api/v1/namespaces/istio-system/services/istiod-revision-tag-prod", json!({}))
}

#[test]
fn tags_are_listed_with_who_names_them() {
    let folder = Folder::new("tag-list");
    let server = cluster().serve(&folder);
    for form in ["table", "json", "name"] {
        assert_snapshot!(
            format!("list-{form}"),
            server.run(&folder, &["tag", "list", "-o", form])
        );
    }
}

#[test]
fn without_an_operator_a_tag_is_a_webhook_and_a_service() {
    let folder = Folder::new("tag-set");
    let server = cluster().serve(&folder);
    assert_snapshot!(
        "set",
        server.run(&folder, &["tag", "set", "next", "--revision", "green"])
    );
    assert_snapshot!(
        "set-moves",
        server.run(
            &folder,
            &[
                "tag",
                "set",
                "prod",
                "--revision",
                "green",
                "--overwrite",
                "-y"
            ]
        )
    );
    let writes: Vec<String> = server
        .writes()
        .iter()
        .map(|write| write.split(" {").next().unwrap_or_default().to_owned())
        .collect();
    assert_snapshot!("set-writes", writes.join("\n"));
    assert_snapshot!(
        "generate",
        server.run(&folder, &["tag", "generate", "next", "--revision", "green"])
    );
}

#[test]
fn a_tag_is_not_moved_or_taken_by_mistake() {
    let folder = Folder::new("tag-refused");
    let server = cluster().serve(&folder);
    let set = |arguments: &[&str]| server.run(&folder, &[&["tag", "set"], arguments].concat());
    assert_snapshot!("refused-there", set(&["prod", "--revision", "green"]));
    assert_snapshot!("refused-revision", set(&["green", "--revision", "blue"]));
    assert_snapshot!("refused-itself", set(&["blue", "--revision", "blue"]));
    assert_snapshot!("refused-unknown", set(&["next", "--revision", "red"]));
    assert_snapshot!(
        "refused-remove",
        server.run(&folder, &["tag", "remove", "next"])
    );
    assert_snapshot!(
        "refused-used",
        server.run(&folder, &["tag", "remove", "prod"])
    );
    assert_eq!(server.writes(), Vec::<String>::new());
}

#[test]
fn with_an_operator_a_tag_is_a_line_of_the_spec() {
    let folder = Folder::new("tag-spec");
    let mut mesh = installation("sea", &ready());
    mesh["spec"]["tags"] = json!([{"name": "prod", "target": "Active"}]);
    let server = cluster()
        .to(&format!("PATCH {PATH}/sea"), mesh.clone())
        .installations(&[mesh], &[])
        .serve(&folder);
    assert_snapshot!(
        "spec-set",
        server.run(&folder, &["tag", "set", "next", "--revision", "default"])
    );
    assert_snapshot!(
        "spec-remove",
        server.run(&folder, &["tag", "remove", "prod", "-y"])
    );
    assert_snapshot!("spec-writes", server.writes().join("\n"));
}

#[test]
fn a_dry_run_lists_what_would_be_touched_and_touches_nothing() {
    let folder = Folder::new("tag-dry");
    let mut mesh = installation("sea", &ready());
    mesh["spec"]["tags"] = json!([{"name": "prod", "target": "Active"}]);
    let alone = cluster().serve(&folder);
    let moved = ["tag", "set", "prod", "--revision", "green", "--overwrite"];
    let removed = ["tag", "remove", "prod"];
    let dry = |server: &Api, words: &[&str]| {
        let told = server.run(&folder, &[words, &["--dry-run"]].concat());
        assert_eq!(server.writes(), Vec::<String>::new());
        format!("$ mainsheet {}\n{told}", words.join(" "))
    };
    let told = [dry(&alone, &moved), dry(&alone, &removed)];
    assert_snapshot!("dry-objects", told.join("\n"));
    let led = cluster().installations(&[mesh], &[]).serve(&folder);
    let set = ["tag", "set", "next", "--revision", "default"];
    let told = [dry(&led, &set), dry(&led, &removed)];
    assert_snapshot!("dry-spec", told.join("\n"));
}

#[test]
fn a_tag_that_moves_to_another_mesh_leaves_the_spec_of_the_first() {
    let folder = Folder::new("tag-moves");
    let mesh = |name: &str, revision: &str| {
        let mut mesh = installation(name, &ready());
        mesh["spec"]["revision"] = json!(revision);
        mesh["status"]["revisions"] = json!([]);
        mesh
    };
    let (mut sea, lake) = (mesh("sea", "blue"), mesh("lake", "green"));
    sea["spec"]["tags"] = json!([{"name": "prod", "target": "blue"}]);
    let server = cluster()
        .to(&format!("PATCH {PATH}/sea"), sea.clone())
        .to(&format!("PATCH {PATH}/lake"), lake.clone())
        .installations(&[sea, lake], &[])
        .serve(&folder);
    let words = [
        "tag",
        "set",
        "prod",
        "--revision",
        "green",
        "--overwrite",
        "-y",
    ];
    assert_snapshot!("moves-mesh", server.run(&folder, &words));
    assert_snapshot!("moves-mesh-writes", server.writes().join("\n"));
}
