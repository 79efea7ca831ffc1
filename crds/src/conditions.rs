//! Condition types and reasons, as they stand in `status.conditions`.
//!
//! The contract is kstatus': [`RECONCILING`] and [`STALLED`] are there only while True, never both;
//! [`STALLED`] only when a person must act; [`READY`] is written with the generation it judges.

/// The whole mesh is as the spec wants it, and working.
pub const READY: &str = "Ready";
/// Work is under way, or is retried.
pub const RECONCILING: &str = "Reconciling";
/// Nothing more happens until a person changes the spec or the cluster.
pub const STALLED: &str = "Stalled";
/// Istiod, what it needs and its webhooks are applied and ready.
pub const CONTROL_PLANE_READY: &str = "ControlPlaneReady";
/// Every gateway is applied and ready.
pub const GATEWAYS_READY: &str = "GatewaysReady";
/// istio-cni and ztunnel are applied and ready.
pub const NODE_AGENTS_READY: &str = "NodeAgentsReady";
/// Every addon is applied and ready.
pub const ADDONS_READY: &str = "AddonsReady";

/// Every injected workload runs with the active control plane's proxies. Never part of Ready.
pub const DATA_PLANE_CURRENT: &str = "DataPlaneCurrent";
/// Another writer keeps changing fields that Mainsheet means; the message names manager and paths.
pub const FIELD_CONFLICT: &str = "FieldConflict";
/// Istio's CRDs are at least those of this mesh; where another tool owns them the message says so.
pub const CRDS_READY: &str = "CRDsReady";

/// Why a condition is as it is: CamelCase words, stable for scripts and alerts.
pub mod reasons {
    /// Everything wanted is applied and ready.
    pub const READY: &str = "Ready";
    /// Objects are being written.
    pub const APPLYING: &str = "Applying";
    /// Applied; the named objects are not ready yet.
    pub const WAITING: &str = "WaitingForReadiness";
    /// What is no longer wanted is being deleted.
    pub const PRUNING: &str = "Pruning";
    /// The installation is being removed.
    pub const DELETING: &str = "Deleting";
    /// `spec.suspend` is set.
    pub const SUSPENDED: &str = "Suspended";
    /// The spec asks for what cannot be; the message names field, value and what is allowed.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// Another `MeshInstallation` has the same namespace and revision.
    pub const DUPLICATE: &str = "DuplicateInstallation";
    /// An object that is wanted exists and belongs to somebody else.
    pub const NOT_OWNED: &str = "ObjectNotOwned";
    /// The API server refused an object as invalid.
    pub const REFUSED: &str = "ObjectRefused";
    /// The operator's role does not allow what is needed.
    pub const FORBIDDEN: &str = "Forbidden";
    /// A write failed and is tried again.
    pub const APPLY_FAILED: &str = "ApplyFailed";
    /// `spec.upgrade.approval` is Manual and the plan in the status is not approved.
    pub const AWAITING_APPROVAL: &str = "AwaitingApproval";
    /// A change is under way; `status.upgrade` says how far it has come.
    pub const UPGRADING: &str = "Upgrading";
    /// What had been moved goes back.
    pub const ROLLING_BACK: &str = "RollingBack";
    /// The change failed and was undone; another spec, or a retry, is needed.
    pub const ROLLED_BACK: &str = "RolledBack";
    /// The versions are too far apart, or a third one was asked for midway.
    pub const VERSION_REFUSED: &str = "VersionRefused";
    /// A check before the change found what forbids it.
    pub const PREFLIGHT_FAILED: &str = "PreflightFailed";
    /// What another installer has made cannot be taken over as it is.
    pub const ADOPTION_REFUSED: &str = "AdoptionRefused";
    /// A check before the change found what somebody should know.
    pub const PREFLIGHT_WARNING: &str = "PreflightWarning";
    /// The mesh is gone; the message says what stays.
    pub const REMOVED: &str = "Removed";
    /// Something still uses what is to be removed.
    pub const IN_USE: &str = "InUse";
    /// Workloads still run with proxies of another control plane or record.
    pub const OUTDATED_PROXIES: &str = "OutdatedProxies";
    /// Another writer fights over a field.
    pub const CONFLICTING_WRITER: &str = "ConflictingWriter";
    /// The CRDs belong to another tool, and are left to it.
    pub const OWNED_ELSEWHERE: &str = "OwnedElsewhere";
    /// The component is not part of this installation.
    pub const NOT_REQUESTED: &str = "NotRequested";
}
