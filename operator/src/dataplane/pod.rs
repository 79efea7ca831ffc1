//! What is read of a pod: whose it is, and which control plane injected it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use mainsheet_core::census::{Pod, Uid};
use mainsheet_core::dataplane::{Workload, WorkloadKind};
use serde::Deserialize;

use super::metadata::Metadata;

/// Every injection template, and every gateway, gives its pods this label. Users may set it, too:
/// only a pod that says who injected it counts.
pub(super) const LABEL_INJECTED: &str = "service.istio.io/canonical-name";

/// What is read of a pod's metadata.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodMetadata {
    uid: String,
    name: String,
    #[serde(default)]
    namespace: String,
    resource_version: Option<String>,
    creation_timestamp: Option<Timestamp>,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    annotations: Annotations,
    #[serde(default)]
    owner_references: Vec<Owner>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Labels {
    #[serde(rename = "pod-template-hash")]
    deployment: Option<String>,
    #[serde(rename = "rollouts-pod-template-hash")]
    rollout: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Annotations {
    #[serde(rename = "istio.io/rev")]
    revision: Option<String>,
    /// JSON that istiod leaves on every pod that its webhook has changed, whatever the template was.
    #[serde(rename = "sidecar.istio.io/status")]
    status: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Owner {
    kind: String,
    name: String,
    #[serde(default)]
    controller: bool,
}

/// What is read of a namespace's metadata.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamespaceMetadata {
    pub(super) name: String,
    resource_version: Option<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}

/// Texts that many pods share.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

// === impl PodMetadata ===

impl Metadata for PodMetadata {
    const KIND: &'static str = "Pod";
    const PLURAL: &'static str = "pods";

    fn take_resource_version(&mut self) -> Option<String> {
        self.resource_version.take()
    }
}

impl PodMetadata {
    /// The pod's UID.
    pub(super) fn uid(&self) -> Uid {
        Uid::new(&self.uid)
    }

    /// The pod as it is counted; none for one that no control plane has injected.
    pub(super) fn injected(&self, texts: &mut Texts) -> Option<Pod> {
        let revision = self.annotations.revision()?;
        let (kind, name) = self.made_by();
        Some(Pod {
            uid: self.uid(),
            workload: Workload {
                namespace: texts.share(&self.namespace),
                kind: kind.named(texts),
                name: name.into(),
            },
            revision: texts.share(&revision),
            created: self.creation_timestamp.unwrap_or(Timestamp::UNIX_EPOCH),
        })
    }

    fn made_by(&self) -> (Maker<'_>, &str) {
        let Some(owner) = self.owner_references.iter().find(|owner| owner.controller) else {
            return (Maker::Other("Pod"), &self.name);
        };
        let name = owner.name.as_str();
        // A ReplicaSet is named after its Deployment and the hash that its pods carry.
        let without =
            |hash: &Option<String>| name.strip_suffix(hash.as_deref()?)?.strip_suffix('-');
        match owner.kind.as_str() {
            "ReplicaSet" => match (
                without(&self.labels.deployment),
                without(&self.labels.rollout),
            ) {
                (Some(deployment), _) => (Maker::Known(WorkloadKind::Deployment), deployment),
                (None, Some(rollout)) => (Maker::Other("Rollout"), rollout),
                (None, None) => (Maker::Other("ReplicaSet"), name),
            },
            "StatefulSet" => (Maker::Known(WorkloadKind::StatefulSet), name),
            "DaemonSet" => (Maker::Known(WorkloadKind::DaemonSet), name),
            other => (Maker::Other(other), name),
        }
    }
}

enum Maker<'a> {
    Known(WorkloadKind),
    Other(&'a str),
}

impl Maker<'_> {
    fn named(self, texts: &mut Texts) -> WorkloadKind {
        match self {
            Self::Known(kind) => kind,
            Self::Other(kind) => WorkloadKind::Other(texts.share(kind)),
        }
    }
}

impl Annotations {
    fn revision(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Status {
            revision: Option<String>,
        }
        self.revision.clone().or_else(|| {
            // What is no such JSON was not written by istiod.
            let status: Status = serde_json::from_str(self.status.as_deref()?).ok()?;
            status.revision.filter(|revision| !revision.is_empty())
        })
    }
}

// === impl NamespaceMetadata ===

impl Metadata for NamespaceMetadata {
    const KIND: &'static str = "Namespace";
    const PLURAL: &'static str = "namespaces";

    fn take_resource_version(&mut self) -> Option<String> {
        self.resource_version.take()
    }
}

// === impl Texts ===

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }

    /// Forgets the texts that nobody else holds.
    pub(super) fn tidy(&mut self) {
        self.0.retain(|text| Arc::strong_count(text) > 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::metadata::Only;
    use super::*;

    fn pod(metadata: Value) -> Option<Pod> {
        let mut object = json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {
                "uid": "5b1c3e0e-0000-4000-8000-000000000001", "name": "boat-6d5f-x7", "namespace": "sea",
                "resourceVersion": "41", "creationTimestamp": "2026-01-02T03:04:05Z",
                "annotations": {"istio.io/rev": "canary", "other": "text"},
                "managedFields": [{"fieldsV1": {"f:metadata": {}}}],
            },
        });
        if let Value::Object(metadata) = metadata {
            object["metadata"].as_object_mut().unwrap().extend(metadata);
        }
        let only: Only<PodMetadata> = serde_json::from_value(object).unwrap();
        only.metadata.injected(&mut Texts::default())
    }

    fn owned(kind: &str, name: &str, labels: &Value) -> String {
        let owners = json!([
            {"kind": "Node", "name": "stray", "uid": "n", "apiVersion": "v1"},
            {"kind": kind, "name": name, "uid": "u", "apiVersion": "apps/v1", "controller": true},
        ]);
        let found = pod(json!({"ownerReferences": owners, "labels": labels}));
        found.unwrap().workload.to_string()
    }

    #[test]
    fn a_pod_belongs_to_what_is_restarted() {
        let table = [
            (
                owned(
                    "ReplicaSet",
                    "boat-6d5f",
                    &json!({"pod-template-hash": "6d5f"}),
                ),
                "Deployment sea/boat",
            ),
            (
                owned(
                    "ReplicaSet",
                    "boat-6d5f",
                    &json!({"rollouts-pod-template-hash": "6d5f"}),
                ),
                "Rollout sea/boat",
            ),
            (
                owned("ReplicaSet", "boat-6d5f", &json!({})),
                "ReplicaSet sea/boat-6d5f",
            ),
            (
                owned("StatefulSet", "anchor", &json!({})),
                "StatefulSet sea/anchor",
            ),
            (owned("DaemonSet", "gull", &json!({})), "DaemonSet sea/gull"),
            (owned("Job", "catch-1", &json!({})), "Job sea/catch-1"),
        ];
        for (found, wanted) in table {
            assert_eq!(found, wanted);
        }
        let bare = pod(json!({})).unwrap();
        assert_eq!(bare.workload.to_string(), "Pod sea/boat-6d5f-x7");
        assert_eq!(bare.created.to_string(), "2026-01-02T03:04:05Z");
    }

    #[test]
    fn the_revision_is_what_the_injector_wrote_and_not_what_was_asked_for() {
        let revision = |metadata| pod(metadata).map(|pod| pod.revision.to_string());
        assert_eq!(revision(json!({})).as_deref(), Some("canary"));
        let label = json!({"labels": {"istio.io/rev": "prod"}});
        assert_eq!(revision(label).as_deref(), Some("canary"));
        let status = json!({"annotations": {"sidecar.istio.io/status": r#"{"containers":["istio-proxy"],"revision":"old"}"#}});
        assert_eq!(revision(status).as_deref(), Some("old"));
    }

    #[test]
    fn a_pod_that_nobody_injected_does_not_count() {
        let asks = json!({"annotations": {}, "labels": {"service.istio.io/canonical-name": "boat", "istio.io/rev": "prod"}});
        assert_eq!(pod(asks), None);
        assert_eq!(
            pod(json!({"annotations": {"sidecar.istio.io/status": "injected"}})),
            None
        );
    }
}
