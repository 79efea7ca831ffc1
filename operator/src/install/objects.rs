//! The objects that install the operator.

use kube::CustomResourceExt;
use mainsheet_crds::{MeshInstallation, MeshRevision};
use serde_json::{Value, json};

use super::Rule;
use crate::lease;

/// The port of /livez, /readyz and /metrics.
const ADMIN_PORT: u16 = 8080;
/// Name of everything that belongs to the operator.
const NAME: &str = "mainsheet-operator";

/// How the operator is installed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Image of the operator.
    pub image: String,
    /// Namespace of the operator.
    pub namespace: String,
    /// How many operators run; one leads, the others wait.
    pub replicas: u32,
}

/// Everything that installs the operator, in the order in which it is applied.
///
/// # Errors
/// When a CRD cannot be serialised, which does not happen.
pub fn objects(options: &Options, rules: &[Rule]) -> Result<Vec<Value>, serde_json::Error> {
    let mut objects = crds()?;
    objects.push(json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": options.namespace, "labels": labels()},
    }));
    objects.extend(identity(options, rules));
    objects.push(deployment(options));
    objects.push(service(options));
    Ok(objects)
}

/// The CRDs of Mainsheet's own kinds.
///
/// # Errors
/// When a CRD cannot be serialised, which does not happen.
pub fn crds() -> Result<Vec<Value>, serde_json::Error> {
    [MeshInstallation::crd(), MeshRevision::crd()]
        .iter()
        .map(serde_json::to_value)
        .collect()
}

fn identity(options: &Options, rules: &[Rule]) -> Vec<Value> {
    let namespace = &options.namespace;
    let subject = json!([{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}]);
    vec![
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": NAME, "labels": labels()},
            "rules": rules,
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME, "labels": labels()},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
            "subjects": subject,
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
            "rules": [
                {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
                {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
                 "resourceNames": [lease::NAME], "verbs": ["get", "list", "update", "watch"]},
            ],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME},
            "subjects": subject,
        }),
    ]
}

fn deployment(options: &Options) -> Value {
    let selector = json!({"app.kubernetes.io/name": NAME});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": options.namespace, "labels": labels()},
        "spec": {
            "replicas": options.replicas,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {
                    "labels": labels(),
                    "annotations": {
                        "prometheus.io/scrape": "true",
                        "prometheus.io/port": ADMIN_PORT.to_string(),
                    },
                },
                "spec": {
                    "serviceAccountName": NAME,
                    "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [container(options)],
                },
            },
        },
    })
}

fn container(options: &Options) -> Value {
    json!({
        "name": "operator",
        "image": options.image,
        "args": ["--log-format=json"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        ],
        "ports": [{"name": "admin", "containerPort": ADMIN_PORT}],
        "livenessProbe": {"httpGet": {"path": "/livez", "port": "admin"}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "admin"}, "periodSeconds": 5},
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
    })
}

fn service(options: &Options) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": NAME, "namespace": options.namespace, "labels": labels()},
        "spec": {
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{"name": "metrics", "port": ADMIN_PORT, "targetPort": "admin"}],
        },
    })
}

/// Not `managed-by: mainsheet`: the operator does not manage itself.
fn labels() -> Value {
    json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "mainsheet"})
}
