//! What istiod's injector leaves on a pod, as far as anybody looks for it: labels, annotations and
//! the proxy's container.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Injection, State};

const STATUS: &str = "sidecar.istio.io/status";

/// Answers one `AdmissionReview` for a control plane.
pub(super) fn review(control_plane: &str, review: &Value, state: &mut State) -> Result<Value> {
    let request = &review["request"];
    let uid = request["uid"].as_str().context("a review without uid")?;
    let pod = &request["object"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = [&pod["metadata"]["name"], &pod["metadata"]["generateName"]]
        .into_iter()
        .map(text)
        .find(|name| !name.is_empty());
    state.calls.push(Injection {
        control_plane: control_plane.to_owned(),
        namespace: text(&request["namespace"]),
        pod: name.unwrap_or_default(),
        again: pod["metadata"]["annotations"].get(STATUS).is_some(),
    });
    let patch = patch(pod, &state.revision(control_plane)).to_string();
    Ok(json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {
            "uid": uid, "allowed": true, "patchType": "JSONPatch", "patch": base64(patch.as_bytes()),
        },
    }))
}

fn patch(pod: &Value, revision: &str) -> Value {
    let mut annotations = pod["metadata"]["annotations"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    annotations.insert(
        STATUS.to_owned(),
        json!(json!({"revision": revision}).to_string()),
    );
    annotations.insert("istio.io/rev".to_owned(), json!(revision));
    let mut labels = pod["metadata"]["labels"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let name = labels.get("app").cloned().unwrap_or(json!("app"));
    labels.insert("service.istio.io/canonical-name".to_owned(), name);
    labels.insert("security.istio.io/tlsMode".to_owned(), json!("istio"));
    let proxy = json!({"name": "istio-proxy", "image": "stand-in/proxyv2:1.30.3"});
    let has_proxy = pod["spec"]["containers"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["name"] == "istio-proxy"));
    let mut patch = vec![
        json!({"op": "add", "path": "/metadata/annotations", "value": annotations}),
        json!({"op": "add", "path": "/metadata/labels", "value": labels}),
    ];
    if !has_proxy {
        patch.push(json!({"op": "add", "path": "/spec/containers/-", "value": proxy}));
    }
    Value::Array(patch)
}

/// Base64 with padding (RFC 4648, section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    let encoded = serde_json::to_value(k8s_openapi::ByteString(bytes.to_vec()));
    encoded
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pod: &Value) -> (Value, State) {
        let mut state = State::default();
        let asked = json!({"request": {"uid": "u-1", "namespace": "shop", "object": pod}});
        let answer = review("old", &asked, &mut state).unwrap();
        (answer, state)
    }

    #[test]
    fn a_pod_is_marked_with_the_revision_and_the_call_is_remembered() {
        let pod = json!({"metadata": {"generateName": "web-"}, "spec": {"containers": []}});
        let (answer, state) = ask(&pod);
        assert_eq!(answer["response"]["uid"], "u-1");
        assert_eq!(patch(&pod, "old")[0]["value"]["istio.io/rev"], "old");
        assert_eq!(
            state.calls,
            [Injection {
                control_plane: "old".into(),
                namespace: "shop".into(),
                pod: "web-".into(),
                again: false
            }]
        );
    }

    #[test]
    fn a_second_call_for_a_pod_shows() {
        let pod = json!({"metadata": {"annotations": {STATUS: "{}"}}, "spec": {"containers": [{"name": "istio-proxy"}]}});
        assert!(ask(&pod).1.calls[0].again);
        assert_eq!(patch(&pod, "old").as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"mesh!"), "bWVzaCE=");
    }
}
