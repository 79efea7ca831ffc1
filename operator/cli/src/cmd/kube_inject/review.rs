//! Questions to an injector and its answers. Pure.

use json_patch::Patch;
use k8s_openapi::ByteString;
use serde::Deserialize;
use serde_json::{Value, json};

/// Names this question; there is only one on a connection.
const UID: &str = "mainsheet-kube-inject";

#[derive(Deserialize)]
struct Review {
    response: Option<Response>,
}

#[derive(Deserialize)]
struct Response {
    allowed: bool,
    patch: Option<ByteString>,
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    message: Option<String>,
}

/// The question for a pod.
pub(super) fn question(pod: &Value, namespace: &str) -> Vec<u8> {
    let pods = json!({"group": "", "version": "v1", "resource": "pods"});
    let kind = json!({"group": "", "version": "v1", "kind": "Pod"});
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": UID, "kind": kind, "resource": pods, "requestKind": kind, "requestResource": pods,
            "name": pod["metadata"]["name"], "namespace": namespace, "operation": "CREATE",
            "userInfo": {}, "object": pod, "dryRun": true,
        },
    });
    review.to_string().into_bytes()
}

/// The pod as the answer says it should be; none where nothing is to be changed.
pub(super) fn answered(pod: &Value, answer: &str) -> Result<Option<Value>, String> {
    let review: Review = serde_json::from_str(answer)
        .map_err(|error| format!("the answer of the injector is not understood: {error}"))?;
    let response = review
        .response
        .ok_or("the injector has not answered the review")?;
    if !response.allowed {
        let said = response.status.and_then(|status| status.message);
        let said = said.map(|said| format!(": {said}")).unwrap_or_default();
        return Err(format!("the injector refuses it{said}"));
    }
    let Some(ByteString(patch)) = response.patch else {
        return Ok(None);
    };
    let patch: Patch = serde_json::from_slice(&patch)
        .map_err(|error| format!("the injector's patch is not understood: {error}"))?;
    let mut injected = pod.clone();
    json_patch::patch(&mut injected, &patch)
        .map_err(|error| format!("the injector's patch does not fit: {error}"))?;
    Ok(Some(injected).filter(|injected| injected != pod))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(response: &Value) -> Result<Option<Value>, String> {
        let pod = json!({"metadata": {"name": "web"}, "spec": {"containers": []}});
        answered(&pod, &json!({"response": response}).to_string())
    }

    fn patch(operations: &Value) -> Value {
        let bytes = ByteString(operations.to_string().into_bytes());
        json!({"allowed": true, "patchType": "JSONPatch", "patch": bytes})
    }

    #[test]
    fn a_patch_is_applied() {
        let add =
            json!([{"op": "add", "path": "/spec/containers/-", "value": {"name": "istio-proxy"}}]);
        let injected = answer(&patch(&add)).unwrap().unwrap();
        assert_eq!(injected["spec"]["containers"][0]["name"], "istio-proxy");
        assert_eq!(answer(&json!({"allowed": true})), Ok(None));
        assert_eq!(answer(&patch(&json!([]))), Ok(None));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let refused = json!({"allowed": false, "status": {"message": "no such template"}});
        assert_eq!(
            answer(&refused).unwrap_err(),
            "the injector refuses it: no such template"
        );
        let misfit = json!([{"op": "remove", "path": "/spec/nowhere"}]);
        assert!(
            answer(&patch(&misfit))
                .unwrap_err()
                .contains("does not fit")
        );
        assert!(
            answered(&json!({}), "<html>")
                .unwrap_err()
                .contains("not understood")
        );
        assert!(
            answered(&json!({}), "{}")
                .unwrap_err()
                .contains("not answered")
        );
    }
}
