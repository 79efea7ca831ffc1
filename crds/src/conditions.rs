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
    /// The component is not part of this installation.
    pub const NOT_REQUESTED: &str = "NotRequested";
}
