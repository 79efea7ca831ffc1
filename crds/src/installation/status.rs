//! What has become of a `MeshInstallation`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::revision::RevisionState;

/// What has become of a `MeshInstallation`, by the rules of kstatus. A resource that nobody has
/// seen yet has `observedGeneration: -1`, so that no tool takes it for done.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[schemars(transform = crate::schema::without_list_defaults)]
#[schemars(extend("default" = {"observedGeneration": -1}))]
#[serde(rename_all = "camelCase")]
pub struct MeshInstallationStatus {
    /// The generation of the spec that everything here is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling and Stalled of kstatus, and one for each kind of component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The Istio version of the active control plane; of the wanted one until there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The Istio revision of the active control plane (`default` when un-revisioned).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Every kept record of this mesh, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<RevisionStatus>,
    /// Every part of the mesh that runs pods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentStatus>,
    /// How far the change under way has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<UpgradeStatus>,
    /// The change under way or last made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// The changes that came to an end, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
    /// The last value of the annotation `mainsheet.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

/// One kept record of this mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionStatus {
    /// Name of the `MeshRevision`.
    pub name: String,
    /// Istio revision of its control plane.
    pub istio_revision: String,
    /// Istio version of its control plane.
    pub version: String,
    /// What the record is to the mesh now.
    pub state: RevisionState,
    /// Whether its control plane is ready; absent for one that does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Live pods that were injected by it; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<i32>,
    /// What still uses it, by name, where that holds its retirement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
    /// Since when it is what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// How far the change under way has come, or how the last one stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeStatus {
    /// Name of the `MeshRevision` that ran before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Name of the `MeshRevision` that is to run.
    pub to: String,
    /// What is being done.
    pub phase: UpgradePhase,
    /// Name of the wave under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
    /// Workloads that have moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<i32>,
    /// Workloads that are to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i32>,
    /// When the change began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When the phase began; soaking and timeouts count from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_since: Option<Time>,
    /// Failed measurements in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_measurements: Option<i32>,
    /// Workloads that only their owners can restart, such as bare pods and Jobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_to_owners: Vec<String>,
    /// What is waited for, or why it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What an upgrade is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UpgradePhase {
    /// A person is to approve the plan.
    AwaitingApproval,
    /// The control plane is applied and becomes ready.
    #[default]
    Installing,
    /// The candidate is ready and is watched before it is used.
    Verifying,
    /// A wave waits for a window to open.
    AwaitingWindow,
    /// Workloads of a wave are restarted.
    Moving,
    /// A wave is watched and measured before the next one.
    Soaking,
    /// Tags, node agents and gateways follow the new control plane.
    Promoting,
    /// What had moved goes back.
    RollingBack,
    /// It ended as wanted.
    Completed,
    /// It was undone; the message says why.
    RolledBack,
}

/// One part of the mesh that runs pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentStatus {
    /// Name of the workload.
    pub name: String,
    /// Kind of the workload.
    pub kind: String,
    /// Namespace of the workload.
    pub namespace: String,
    /// Pods of the current template that are ready.
    pub ready: i32,
    /// Pods that are wanted.
    pub desired: i32,
    /// What the workload still waits for; absent when it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The change under way or last made, in numbers of objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Name of the `MeshRevision` that it leads to.
    pub revision: String,
    /// Digest of the plan.
    pub hash: String,
    /// Objects created.
    pub create: i32,
    /// Objects changed.
    pub update: i32,
    /// Objects deleted.
    pub delete: i32,
    /// Workloads restarted; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<i32>,
    /// The ConfigMap that holds the plan in full, as `NAMESPACE/NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Whether it waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits_approval: Option<bool>,
}

/// A change that came to an end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Istio version.
    pub version: String,
    /// Name of the `MeshRevision`.
    pub revision: String,
    /// When every part was ready.
    pub finished_at: Time,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// Everything was applied and became ready.
    Completed,
    /// It was undone.
    RolledBack,
}
