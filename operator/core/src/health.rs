//! Whether an object is ready, and if not, what it waits for.
//!
//! The rules are those of `kubectl rollout status`: the generation first, since every count that
//! follows may still speak of the template before the last one.

use mainsheet_manifests::Kind;
use serde_json::Value;

/// Readiness of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What is still missing; none when the object is ready.
    pub waiting: Option<String>,
    /// Counts of pods, for kinds that have pods.
    pub pods: Option<Pods>,
}

/// Pods of a workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// Pods of the current template that are available.
    pub ready: i32,
    /// Pods that are wanted.
    pub desired: i32,
}

// === impl Health ===

impl Health {
    /// Whether nothing is missing.
    pub fn is_ready(&self) -> bool {
        self.waiting.is_none()
    }

    fn missing(reason: impl Into<String>) -> Self {
        Self {
            waiting: Some(reason.into()),
            pods: None,
        }
    }
}

/// Readiness of an object as the API server sent it. Kinds without a status are ready once there.
pub fn assess(kind: Kind, object: &Value) -> Health {
    if object["metadata"].get("deletionTimestamp").is_some() {
        return Health::missing("is being deleted");
    }
    match kind {
        Kind::Deployment => deployment(object),
        Kind::DaemonSet => daemon_set(object),
        Kind::StatefulSet => stateful_set(object),
        Kind::CustomResourceDefinition => established(object),
        Kind::Namespace
        | Kind::ServiceAccount
        | Kind::ClusterRole
        | Kind::ClusterRoleBinding
        | Kind::Role
        | Kind::RoleBinding
        | Kind::ResourceQuota
        | Kind::NetworkPolicy
        | Kind::ConfigMap
        | Kind::NetworkAttachmentDefinition
        | Kind::Service
        | Kind::EndpointSlice
        | Kind::HorizontalPodAutoscaler
        | Kind::PodDisruptionBudget
        | Kind::ValidatingAdmissionPolicy
        | Kind::ValidatingAdmissionPolicyBinding
        | Kind::ValidatingWebhookConfiguration
        | Kind::MutatingWebhookConfiguration
        | Kind::Telemetry => Health::default(),
    }
}

fn deployment(object: &Value) -> Health {
    let status = &object["status"];
    let desired = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let updated = count(status, "updatedReplicas");
    let available = count(status, "availableReplicas").min(updated);
    let waiting = unobserved(object)
        .or_else(|| deadline_exceeded(status))
        .or_else(|| {
            (updated < desired)
                .then(|| format!("{updated} of {desired} pods are of the new template"))
        })
        .or_else(|| {
            let old = count(status, "replicas") - updated;
            (old > 0).then(|| format!("{old} pods of the old template are still there"))
        })
        .or_else(|| {
            (available < desired).then(|| format!("{available} of {desired} pods are available"))
        });
    with_pods(waiting, available, desired)
}

fn daemon_set(object: &Value) -> Health {
    let status = &object["status"];
    let desired = count(status, "desiredNumberScheduled");
    let updated = count(status, "updatedNumberScheduled");
    let available = count(status, "numberAvailable").min(updated);
    let waiting = unobserved(object)
        .or_else(|| {
            (updated < desired)
                .then(|| format!("{updated} of {desired} nodes run the new template"))
        })
        .or_else(|| {
            (available < desired)
                .then(|| format!("{available} of {desired} nodes have it available"))
        });
    with_pods(waiting, available, desired)
}

fn stateful_set(object: &Value) -> Health {
    let status = &object["status"];
    let desired = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let updated = count(status, "updatedReplicas");
    let ready = count(status, "readyReplicas").min(updated);
    let waiting = unobserved(object)
        .or_else(|| {
            (updated < desired)
                .then(|| format!("{updated} of {desired} pods are of the new template"))
        })
        .or_else(|| (ready < desired).then(|| format!("{ready} of {desired} pods are ready")));
    with_pods(waiting, ready, desired)
}

fn established(object: &Value) -> Health {
    let conditions = object["status"]["conditions"].as_array();
    let established = conditions.is_some_and(|all| {
        all.iter()
            .any(|c| c["type"] == "Established" && c["status"] == "True")
    });
    if established {
        Health::default()
    } else {
        Health::missing("is not established")
    }
}

fn unobserved(object: &Value) -> Option<String> {
    let generation = object["metadata"]["generation"].as_i64()?;
    let observed = count(&object["status"], "observedGeneration");
    (observed < generation)
        .then(|| format!("generation {generation} is not observed yet, the last is {observed}"))
}

fn deadline_exceeded(status: &Value) -> Option<String> {
    let conditions = status["conditions"].as_array()?;
    let progressing = conditions.iter().find(|c| c["type"] == "Progressing")?;
    (progressing["reason"] == "ProgressDeadlineExceeded").then(|| {
        let message = progressing["message"]
            .as_str()
            .unwrap_or("the rollout makes no progress");
        format!("progress deadline exceeded: {message}")
    })
}

fn with_pods(waiting: Option<String>, ready: i64, desired: i64) -> Health {
    let narrow = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    Health {
        waiting,
        pods: Some(Pods {
            ready: narrow(ready),
            desired: narrow(desired),
        }),
    }
}

fn count(status: &Value, key: &str) -> i64 {
    status[key].as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rollout(observed: i64, replicas: i64, updated: i64, available: i64) -> Health {
        assess(
            Kind::Deployment,
            &json!({
                "metadata": {"generation": 7}, "spec": {"replicas": 3},
                "status": {"observedGeneration": observed, "replicas": replicas,
                           "updatedReplicas": updated, "availableReplicas": available},
            }),
        )
    }

    #[test]
    fn a_deployment_is_ready_only_when_the_new_template_runs_alone() {
        let table = [
            (
                rollout(6, 3, 3, 3),
                Some("generation 7 is not observed yet, the last is 6"),
            ),
            (
                rollout(7, 3, 1, 3),
                Some("1 of 3 pods are of the new template"),
            ),
            (
                rollout(7, 5, 3, 3),
                Some("2 pods of the old template are still there"),
            ),
            (rollout(7, 3, 3, 2), Some("2 of 3 pods are available")),
            (rollout(7, 3, 3, 3), None),
        ];
        for (health, waiting) in table {
            assert_eq!(health.waiting.as_deref(), waiting);
        }
        assert_eq!(
            rollout(7, 3, 3, 2).pods,
            Some(Pods {
                ready: 2,
                desired: 3
            })
        );
    }

    #[test]
    fn a_new_deployment_without_status_is_not_ready() {
        let object = json!({"metadata": {"generation": 1}, "spec": {}});
        assert!(!assess(Kind::Deployment, &object).is_ready());
    }

    #[test]
    fn a_stuck_rollout_says_why() {
        let object = json!({
            "metadata": {"generation": 1}, "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "conditions": [
                {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                 "message": "ReplicaSet \"x\" has timed out progressing."}]},
        });
        let waiting = assess(Kind::Deployment, &object).waiting.unwrap();
        assert!(
            waiting.starts_with("progress deadline exceeded: ReplicaSet"),
            "{waiting}"
        );
    }

    #[test]
    fn a_daemon_set_without_nodes_is_ready_once_observed() {
        let object = |observed: i64| {
            json!({"metadata": {"generation": 2},
                   "status": {"observedGeneration": observed, "desiredNumberScheduled": 0}})
        };
        assert!(!assess(Kind::DaemonSet, &object(1)).is_ready());
        assert!(assess(Kind::DaemonSet, &object(2)).is_ready());
    }

    #[test]
    fn a_crd_is_ready_when_established() {
        let object = |status: &str| json!({"status": {"conditions": [{"type": "Established", "status": status}]}});
        assert!(!assess(Kind::CustomResourceDefinition, &object("False")).is_ready());
        assert!(assess(Kind::CustomResourceDefinition, &object("True")).is_ready());
    }

    #[test]
    fn what_is_being_deleted_is_not_ready() {
        let object = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
        assert!(!assess(Kind::ConfigMap, &object).is_ready());
    }
}
