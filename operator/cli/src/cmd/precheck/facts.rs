//! What the checks read of a cluster, all at once. What one may not read is no error: the check
//! says so.

use serde_json::Value;

use crate::cluster::{Cluster, ClusterError};

/// A list of objects, or why it could not be read.
pub(super) type List = Result<Vec<Value>, String>;

/// What the checks read of a cluster.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) url: String,
    /// Version of the API server.
    pub(super) kubernetes: String,
    /// Metadata and served versions of every CRD.
    pub(super) crds: List,
    /// Every istiod.
    pub(super) istiods: List,
    /// Every Deployment of the operator.
    pub(super) operators: List,
    pub(super) webhooks: List,
    pub(super) daemon_sets: List,
    pub(super) namespaces: List,
    pub(super) nodes: List,
}

impl Facts {
    /// Reads them.
    pub(super) async fn gather(
        kubernetes: String,
        cluster: &Cluster,
    ) -> Result<Self, ClusterError> {
        let read = |path: &'static str| async move {
            match cluster.list_at(path).await {
                Ok(items) => Ok(Ok(items)),
                Err(
                    error @ (ClusterError::Refused { .. }
                    | ClusterError::NotFound { .. }
                    | ClusterError::NoCrd),
                ) => Ok(Err(error.to_string())),
                Err(error) => Err(error),
            }
        };
        let (crds, istiods, operators, webhooks, daemon_sets, namespaces, nodes) = futures::try_join!(
            read("/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
            read("/apis/apps/v1/deployments?labelSelector=app%3Distiod"),
            read(
                "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dmainsheet-operator"
            ),
            read("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"),
            read("/apis/apps/v1/daemonsets"),
            read("/api/v1/namespaces"),
            read("/api/v1/nodes"),
        )?;
        Ok(Self {
            url: cluster.url().to_owned(),
            kubernetes,
            crds,
            istiods,
            operators,
            webhooks,
            daemon_sets,
            namespaces,
            nodes,
        })
    }
}

/// Name of an object.
pub(super) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Namespace of an object.
pub(super) fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// A label of an object.
pub(super) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}
