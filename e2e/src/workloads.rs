//! Workloads of users: what is injected, restarted and moved.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use crate::World;

/// Namespaces that are no user's.
const SYSTEM: [&str; 2] = ["istio-system", "mainsheet-system"];

/// A Deployment of a user's.
#[derive(Clone, Debug)]
pub struct Deployment<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// How many pods it has.
    pub replicas: u32,
    /// Labels of its pods beside `app`.
    pub labels: &'a [(&'a str, &'a str)],
}

impl Deployment<'_> {
    /// As a document.
    pub fn document(&self) -> Value {
        let mut labels: BTreeMap<&str, &str> = self.labels.iter().copied().collect();
        labels.insert("app", self.name);
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "replicas": self.replicas,
                "selector": {"matchLabels": {"app": self.name}},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "terminationGracePeriodSeconds": 0,
                        "containers": [{"name": "app", "image": "stand-in/app"}],
                    },
                },
            },
        })
    }
}

/// A namespace with these labels, as a document.
pub fn namespace(name: &str, labels: &[(&str, &str)]) -> Value {
    let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// Live pods of users by namespace and the Istio revision that injected them; the empty revision
/// for those that nobody has. Pods that are going away do not count, nor do the mesh's and the
/// operator's.
pub fn injected_by(world: &World) -> Result<BTreeMap<(String, String), usize>> {
    let pods = world.json(&["get", "pods", "-A"])?;
    let mut counts = BTreeMap::new();
    for pod in pods["items"].as_array().into_iter().flatten() {
        let metadata = &pod["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let namespace = text(&metadata["namespace"]);
        let ended = matches!(
            pod["status"]["phase"].as_str(),
            Some("Succeeded" | "Failed")
        );
        if SYSTEM.contains(&namespace.as_str())
            || ended
            || metadata.get("deletionTimestamp").is_some()
        {
            continue;
        }
        let revision = text(&metadata["annotations"]["istio.io/rev"]);
        *counts.entry((namespace, revision)).or_default() += 1;
    }
    Ok(counts)
}
