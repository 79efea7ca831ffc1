//! The control plane: what it consists of and when each object is wanted.

use mainsheet_profiles::Component;
use serde_json::json;

use super::{config, injector, istiod, rights, webhooks};
use crate::Wave;
use crate::draft::Draft;
use crate::mesh::Mesh;
use crate::render::RenderError;

pub(super) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Result<Vec<Draft>, RenderError> {
    let namespace = component.namespace.as_str();
    let mut drafts = rights::drafts(mesh, namespace);
    if mesh.namespace_scope() {
        if mesh.istiod_rights() {
            drafts.push(account(mesh));
        }
        if mesh.is("pilot.configMap") {
            drafts.push(config::mesh_config(mesh, namespace));
        }
        if !mesh.is("global.omitSidecarInjectorConfigMap") {
            drafts.push(config::injector(mesh, namespace)?);
        }
        drafts.extend(config::gateway_classes(mesh, namespace));
        if mesh.istiod_here() && mesh.is("pilot.jwksResolverExtraRootCA") {
            drafts.push(config::key_servers(mesh, namespace));
        }
        drafts.extend(istiod::drafts(mesh, component));
        if mesh.istiod_rights() && mesh.is("experimental.stableValidationPolicy") {
            drafts.extend(webhooks::policy_of_revision(mesh));
        }
    }
    if mesh.cluster_scope() {
        if !mesh.is("global.operatorManageWebhooks") {
            drafts.extend(injector::drafts(mesh, namespace));
        }
        if mesh.istiod_rights() && mesh.is("global.configValidation") {
            drafts.push(webhooks::of_revision(mesh));
        }
    }
    Ok(drafts)
}

fn account(mesh: &Mesh<'_>) -> Draft {
    Draft::new(
        Wave::Identities,
        "service-account",
        json!({
            "name": mesh.istiod(),
            "namespace": mesh.resolved.namespace,
            "labels": { "app": "istiod" },
            "annotations": mesh.get("pilot.serviceAccountAnnotations"),
            "pullSecrets": mesh.get("global.imagePullSecrets"),
        }),
    )
}
