//! What all control planes of a cluster share: the account for reading from other clusters, and
//! the validation of resources that name no revision.

use mainsheet_profiles::Component;
use serde_json::json;

use super::webhooks::{admission_policy, validator};
use crate::Wave;
use crate::draft::Draft;
use crate::mesh::Mesh;

pub(super) fn drafts(mesh: &Mesh<'_>, _: &Component) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let own_reader = !mesh.text("global.readerServiceAccount.name").is_empty();
    if mesh.namespace_scope() && reader_wanted(mesh) && !own_reader {
        drafts.push(Draft::new(
            Wave::Identities,
            "service-account",
            json!({
                "name": READER,
                "namespace": mesh.resolved.namespace,
                "labels": { "app": "istio-reader" },
                "annotations": {},
                "pullSecrets": mesh.get("global.imagePullSecrets"),
            }),
        ));
    }
    let revision = mesh.text("defaultRevision");
    if !revision.is_empty() && mesh.cluster_scope() {
        let service = match revision {
            "default" => "istiod".to_owned(),
            revision => format!("istiod-{revision}"),
        };
        drafts.push(validator(
            mesh,
            json!({
                "name": "istiod-default-validator",
                "labels": { "app": "istiod", "istio": "istiod", "istio.io/rev": revision },
                "webhook": "validation.istio.io",
                "service": service,
                "revision": null,
            }),
        ));
        if mesh.is("experimental.stableValidationPolicy") {
            drafts.extend(admission_policy(
                mesh,
                "stable-channel-default-policy.istio.io",
                "stable-channel-default-policy-binding.istio.io",
                &json!({ "istio": "istiod", "istio.io/rev": revision }),
                None,
            ));
        }
    }
    drafts
}

/// Account for reading from other clusters.
pub(super) const READER: &str = "istio-reader-service-account";

/// Whether other clusters may be let read here; absent means yes.
pub(super) fn reader_wanted(mesh: &Mesh<'_>) -> bool {
    mesh.get("global.enableReaderRBAC")
        .as_bool()
        .unwrap_or(true)
}
