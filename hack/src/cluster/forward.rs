//! What stands behind the ports of pods. kwok's nodes forward a port as a kubelet does, to the
//! address that an object of this kind names, which has the pod's name and namespace.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// The kind that kwok reads.
pub(super) const KIND: &str = "PortForward";

/// Where the objects are served once the API server knows the kind.
pub(super) const PATH: &str = "/apis/kwok.x-k8s.io/v1alpha1/portforwards";

/// The kind's definition. What the objects say is only read by kwok, which looks at it itself.
pub(super) fn definition() -> Value {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "portforwards.kwok.x-k8s.io"},
        "spec": {
            "group": "kwok.x-k8s.io",
            "scope": "Namespaced",
            "names": {"kind": KIND, "plural": "portforwards"},
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    })
}

/// What stands behind the ports of a pod.
pub(super) fn object(namespace: &str, pod: &str, ports: &[(u16, SocketAddr)]) -> Value {
    let forward = |(port, to): &(u16, SocketAddr)| {
        json!({
            "ports": [port],
            "target": {"address": to.ip().to_string(), "port": to.port()},
        })
    };
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": KIND,
        "metadata": {"namespace": namespace, "name": pod},
        "spec": {"forwards": ports.iter().map(forward).collect::<Vec<_>>()},
    })
}
