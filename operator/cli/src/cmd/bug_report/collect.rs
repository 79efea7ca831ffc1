//! Reads the parts of a bug report from a cluster. What cannot be read is remembered.

use std::collections::BTreeSet;

use http::Request;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, LogParams};
use kube::{Api, ResourceExt};
use mainsheet_crds::meta::{LABEL_MANAGED_BY, MANAGED_BY};
use mainsheet_manifests::to_yaml;
use mainsheet_operator::cluster::collection;
use serde_json::{Value, json};

use super::part::Part;
use super::{BugReport, redact};
use crate::cluster::{Cluster, ClusterError};

const WEBHOOKS: &str = "/apis/admissionregistration.k8s.io/v1";
const MAINSHEET: &str = "/apis/mainsheet.dev/v1alpha1";
const ISTIOD: &str = "app=istiod";
const OPERATOR: &str = "app.kubernetes.io/name=mainsheet-operator";
/// Events of objects without a namespace are here.
const DEFAULT: &str = "default";

/// What was read of a part.
#[derive(Default)]
pub(super) struct Collected {
    /// Files by their paths.
    pub(super) files: Vec<(String, String)>,
    /// What could not be read.
    pub(super) failed: Vec<ClusterError>,
}

/// Reads a part.
pub(super) async fn collect(part: Part, args: &BugReport, cluster: &Cluster) -> Collected {
    let listed = match part {
        Part::Installations => list(cluster, &format!("{MAINSHEET}/meshinstallations")).await,
        Part::Records => list(cluster, &format!("{MAINSHEET}/meshrevisions")).await,
        Part::Objects(kind) => {
            let path = format!(
                "{}?labelSelector={LABEL_MANAGED_BY}%3D{MANAGED_BY}",
                collection(kind)
            );
            list(cluster, &path).await
        }
        Part::MutatingWebhooks => {
            list(
                cluster,
                &format!("{WEBHOOKS}/mutatingwebhookconfigurations"),
            )
            .await
        }
        Part::ValidatingWebhooks => {
            list(
                cluster,
                &format!("{WEBHOOKS}/validatingwebhookconfigurations"),
            )
            .await
        }
        Part::Namespaces => list(cluster, "/api/v1/namespaces")
            .await
            .map(|all| all.iter().map(namespace).collect()),
        Part::Nodes => list(cluster, "/api/v1/nodes")
            .await
            .map(|all| all.iter().map(node).collect()),
        Part::Events => return events(args, cluster).await,
        Part::Pods => return pods(part, cluster).await,
        Part::Logs => return logs(args, cluster).await,
    };
    let mut collected = Collected::default();
    collected.keep(&part.path(), listed);
    collected
}

impl Collected {
    fn keep(&mut self, path: &str, listed: Result<Vec<Value>, ClusterError>) {
        match listed {
            Ok(items) if items.is_empty() => {}
            Ok(items) => self.files.push((path.to_owned(), document(items))),
            // A kind that the cluster does not know has no objects.
            Err(ClusterError::NoCrd) => {}
            Err(error) => self.failed.push(error),
        }
    }
}

fn document(mut items: Vec<Value>) -> String {
    items.iter_mut().for_each(redact::object);
    to_yaml(&json!({"apiVersion": "v1", "kind": "List", "items": items}))
}

async fn list(cluster: &Cluster, path: &str) -> Result<Vec<Value>, ClusterError> {
    let request = Request::get(path).body(Vec::new())?;
    let answer = cluster.client.request::<Value>(request).await;
    let mut answer = answer.map_err(cluster.failed(format!("list {path}")))?;
    match answer["items"].take() {
        Value::Array(items) => Ok(items),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Ok(Vec::new())
        }
    }
}

fn namespace(object: &Value) -> Value {
    let metadata = &object["metadata"];
    json!({"name": metadata["name"], "labels": metadata["labels"], "phase": object["status"]["phase"]})
}

fn node(object: &Value) -> Value {
    let info = &object["status"]["nodeInfo"];
    let conditions = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    let conditions: Vec<Value> = conditions
        .filter(|one| one["type"] == "Ready" || one["status"] == "True")
        .map(|one| json!({"type": one["type"], "status": one["status"], "reason": one["reason"]}))
        .collect();
    json!({"name": object["metadata"]["name"], "kubelet": info["kubeletVersion"], "os": info["osImage"],
           "kernel": info["kernelVersion"], "runtime": info["containerRuntimeVersion"],
           "architecture": info["architecture"], "conditions": conditions})
}

/// Events of the namespaces of meshes and of the operator, and of objects that have no namespace.
async fn events(args: &BugReport, cluster: &Cluster) -> Collected {
    let mut collected = Collected::default();
    let mut namespaces: BTreeSet<String> = [DEFAULT, &args.operator_namespace]
        .map(str::to_owned)
        .into();
    match cluster.list().await {
        Ok(meshes) => namespaces.extend(meshes.iter().map(|mesh| mesh.spec.namespace().to_owned())),
        Err(ClusterError::NoCrd) => {}
        Err(error) => collected.failed.push(error),
    }
    for namespace in namespaces {
        let listed = list(cluster, &format!("/api/v1/namespaces/{namespace}/events")).await;
        collected.keep(&format!("events/{namespace}.yaml"), listed);
    }
    collected
}

async fn pods(part: Part, cluster: &Cluster) -> Collected {
    let mut collected = Collected::default();
    let mut all = Vec::new();
    for labels in [ISTIOD, OPERATOR] {
        let labels = labels.replace('=', "%3D").replace('/', "%2F");
        match list(cluster, &format!("/api/v1/pods?labelSelector={labels}")).await {
            Ok(items) => all.extend(items),
            Err(error) => collected.failed.push(error),
        }
    }
    collected.keep(&part.path(), Ok(all));
    collected
}

async fn logs(args: &BugReport, cluster: &Cluster) -> Collected {
    let mut collected = Collected::default();
    for labels in [ISTIOD, OPERATOR] {
        let pods: Api<Pod> = Api::all(cluster.client.clone());
        let listed = pods.list(&ListParams::default().labels(labels)).await;
        match listed.map_err(cluster.failed(format!("list pods with {labels}"))) {
            Ok(listed) => {
                for pod in &listed.items {
                    log(args, cluster, pod, &mut collected).await;
                }
            }
            Err(error) => collected.failed.push(error),
        }
    }
    collected
}

/// The log of a pod, and that of its last container if it was restarted.
async fn log(args: &BugReport, cluster: &Cluster, pod: &Pod, collected: &mut Collected) {
    let (namespace, name) = (pod.namespace().unwrap_or_default(), pod.name_any());
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &namespace);
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let restarted = statuses
        .map(|status| status.restart_count)
        .max()
        .unwrap_or_default()
        > 0;
    for previous in [false, true] {
        if previous && !restarted {
            continue;
        }
        let params = LogParams {
            previous,
            tail_lines: Some(i64::from(args.log_lines)),
            timestamps: true,
            ..LogParams::default()
        };
        let read = pods.logs(&name, &params).await;
        match read.map_err(cluster.failed(format!("read the log of pod {namespace}/{name}"))) {
            Ok(text) => {
                let ending = if previous { "previous.log" } else { "log" };
                let path = format!("logs/{namespace}/{name}.{ending}");
                collected.files.push((path, redact::text(&text)));
            }
            Err(error) => collected.failed.push(error),
        }
    }
}
