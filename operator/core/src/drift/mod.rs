//! What others have added to parts of an object that are to be exactly as rendered: pod templates,
//! RBAC and webhooks. Server-side apply alone would leave such additions where they are.
//!
//! In: a wanted object, the live one, and who owns which of its fields. Out: the additions, and one
//! patch that takes them away. An addition is a field that another manager owns; what nobody owns
//! was put there by the API server or by an admission webhook, and would only come back.

mod added;
mod defaults;
mod owner;
mod patch;
mod path;

use mainsheet_manifests::Kind;

pub use added::{Added, added};
pub use owner::Owner;
pub use patch::removal;
pub use path::{FieldPath, Step};

/// Top-level path of the part of an object that is exactly as rendered; none for other kinds.
fn exact_part(kind: Kind) -> &'static [&'static [&'static str]] {
    match kind {
        Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet => &[&["spec", "template", "spec"]],
        Kind::ClusterRole => &[&["rules"], &["aggregationRule"]],
        Kind::Role => &[&["rules"]],
        Kind::ClusterRoleBinding | Kind::RoleBinding => &[&["subjects"], &["roleRef"]],
        Kind::MutatingWebhookConfiguration | Kind::ValidatingWebhookConfiguration => {
            &[&["webhooks"]]
        }
        Kind::CustomResourceDefinition
        | Kind::Namespace
        | Kind::ServiceAccount
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
        | Kind::Telemetry => &[],
    }
}
