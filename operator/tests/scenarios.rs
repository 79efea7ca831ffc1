//! Ring 2: single conversations with the API server, which is played here. Each scenario says what
//! is asked and what is answered; a request that is not expected, or missing, fails it.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use mainsheet_core::live::Live;
use mainsheet_manifests::{Kind, ObjectId};
use mainsheet_operator::cluster::{Apply, Refusal, apply, delete};
use serde_json::{Value, json};
use tower_test::mock::{Handle, pair};

type Server = Handle<Request<Body>, Response<Body>>;

/// Longer than any answer takes; a missing request fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(5);

fn client() -> (Client, Server) {
    let (service, server) = pair::<Request<Body>, Response<Body>>();
    (Client::new(service, "default"), server)
}

/// Takes one request, answers it, and gives its parts.
async fn answer(server: &mut Server, code: u16, body: Value) -> (http::request::Parts, Vec<u8>) {
    let next = tokio::time::timeout(PATIENCE, server.next_request());
    let (request, respond) = next.await.unwrap().unwrap();
    let (parts, sent) = request.into_parts();
    let sent = sent.collect().await.unwrap().to_bytes().to_vec();
    let body = Body::from(body.to_string().into_bytes());
    respond.send_response(Response::builder().status(code).body(body).unwrap());
    (parts, sent)
}

fn refusal(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

fn service() -> ObjectId {
    ObjectId::new(Kind::Service, Some("mesh"), "istiod")
}

fn how(force: bool) -> Apply<'static> {
    Apply {
        manager: "mainsheet",
        force,
        dry_run: false,
    }
}

#[tokio::test]
async fn an_object_is_applied_by_one_strict_patch_of_our_manager() {
    let (client, mut server) = client();
    let id = service();
    let (result, (asked, sent)) = tokio::join!(
        apply(&client, &id, r#"{"kind":"Service"}"#, how(false)),
        answer(&mut server, 200, json!({"kind": "Service"}))
    );
    assert_eq!(result.unwrap(), json!({"kind": "Service"}));
    assert_eq!(asked.method, Method::PATCH);
    assert_eq!(asked.uri.path(), "/api/v1/namespaces/mesh/services/istiod");
    assert_eq!(
        asked.uri.query(),
        Some("fieldManager=mainsheet&force=false&fieldValidation=Strict")
    );
    assert_eq!(
        asked.headers["content-type"],
        "application/apply-patch+yaml"
    );
    assert_eq!(sent, br#"{"kind":"Service"}"#);
}

#[tokio::test]
async fn of_a_crd_only_the_metadata_comes_back() {
    let (client, mut server) = client();
    let id = ObjectId::new(
        Kind::CustomResourceDefinition,
        None,
        "gateways.networking.istio.io",
    );
    let (_, (asked, _)) = tokio::join!(
        apply(&client, &id, "{}", how(true)),
        answer(&mut server, 200, json!({}))
    );
    assert!(
        asked.headers["accept"]
            .to_str()
            .unwrap()
            .contains("as=PartialObjectMetadata")
    );
    assert!(asked.uri.query().unwrap().contains("force=true"));
}

#[tokio::test]
async fn a_conflict_says_who_means_the_object_otherwise() {
    let (client, mut server) = client();
    let id = service();
    let said = refusal(
        409,
        "Conflict",
        "Apply failed with 1 conflict: conflict with \"helm\": .spec.ports",
    );
    let (result, _) = tokio::join!(
        apply(&client, &id, "{}", how(false)),
        answer(&mut server, 409, said)
    );
    let error = result.unwrap_err();
    assert!(matches!(error.refusal(), Some(Refusal::Owned(_))));
    assert!(
        error
            .to_string()
            .starts_with("Service mesh/istiod: belongs to somebody else: "),
        "{error}"
    );
    assert!(error.to_string().contains("helm"), "{error}");
}

#[tokio::test]
async fn a_deletion_hits_this_very_object_and_none_after_it() {
    let object = json!({"metadata": {"name": "istiod", "namespace": "mesh", "uid": "u-1"}});
    let live = Live::from_value(Kind::Service, object).unwrap();
    for (code, reason) in [(404, "NotFound"), (409, "Conflict")] {
        let (client, mut server) = client();
        let said = refusal(code, reason, "it is another one, or none");
        let (result, (asked, sent)) =
            tokio::join!(delete(&client, &live), answer(&mut server, code, said));
        result.unwrap();
        assert_eq!(asked.method, Method::DELETE);
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        assert_eq!(sent["preconditions"], json!({"uid": "u-1"}));
    }
}
