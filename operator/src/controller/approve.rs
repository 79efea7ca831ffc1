//! A change that waits for a person: its plan gets a hash that approves it and nothing else, and is
//! written out in full.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use kube::{Resource, ResourceExt};
use mainsheet_core::plan::Plan;
use mainsheet_core::status::{Awaited, Phase};
use mainsheet_core::upgrade::Facts;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::Approval;
use mainsheet_crds::meta::{ANNOTATION_APPROVED, MANAGER};
use mainsheet_manifests::{digest, to_yaml};
use serde_json::{Value, json};

use super::course::{Course, Knowledge};
use super::pass::Pass;
use super::{Context, publish};
use crate::cache::describe;

/// A plan that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gate {
    /// What is to be approved.
    pub(super) hash: String,
    /// The plan.
    pub(super) plan: Plan,
    /// An approval of another plan.
    pub(super) stale: Option<String>,
}

/// The plan that a change waits with, if it is to be approved and is not.
pub(super) fn gate(
    installation: &MeshInstallation,
    facts: &Facts,
    knowledge: &Knowledge<'_>,
    course: &Course,
) -> Option<Gate> {
    match knowledge.policy.approval {
        Approval::Automatic => return None,
        Approval::Manual => {}
    }
    let from = facts.active().map(|active| active.name.as_str());
    let hash = digest::of(&(from, &knowledge.target.want.record, course.plan.hash()));
    let given = installation.annotations().get(ANNOTATION_APPROVED);
    if given == Some(&hash) {
        return None;
    }
    Some(Gate {
        stale: given.cloned(),
        plan: course.plan.clone(),
        hash,
    })
}

/// Writes the plan out, unless it is, and has the status say what is waited for. Where its namespace
/// is not there yet, which is before a first install, the numbers in the status have to do.
pub(super) async fn write_out(
    installation: &MeshInstallation,
    knowledge: &Knowledge<'_>,
    gate: Gate,
    pass: &mut Pass,
    context: &Context,
) {
    if let (Phase::Working(_, message), Some(stale)) = (&mut pass.phase, &gate.stale) {
        *message = format!(
            "{message}; the approval of {stale} is of another plan than {}, and nothing was done for it",
            gate.hash
        );
    }
    let details = details(installation, knowledge, &gate, context).await;
    if let Some(known) = &mut pass.known {
        known.awaited = Some(Awaited {
            hash: gate.hash,
            details,
            plan: gate.plan,
        });
    }
}

async fn details(
    installation: &MeshInstallation,
    knowledge: &Knowledge<'_>,
    gate: &Gate,
    context: &Context,
) -> Option<String> {
    let namespace = &knowledge.target.rendered.resolved.namespace;
    let name = format!("mainsheet-plan-{}", knowledge.installation);
    let place = format!("{namespace}/{name}");
    let known = publish::last(installation, context).plan;
    if known.is_some_and(|plan| plan.hash == gate.hash && plan.details.as_ref() == Some(&place)) {
        return Some(place);
    }
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
    let config = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "ownerReferences": owner(installation)},
        "data": {"hash": gate.hash, "plan.yaml": text(&gate.plan)},
    });
    let params = PatchParams::apply(MANAGER).force();
    match api.patch(&name, &params, &Patch::Apply(config)).await {
        Ok(_) => Some(place),
        Err(error) => {
            tracing::warn!(error = %describe(&error), %place, "cannot write the plan out");
            None
        }
    }
}

fn owner(installation: &MeshInstallation) -> Value {
    let owner = installation.controller_owner_ref(&()).map(|mut owner| {
        owner.block_owner_deletion = None;
        owner
    });
    json!(owner.into_iter().collect::<Vec<_>>())
}

fn text(plan: &Plan) -> String {
    let steps: Vec<Value> = plan
        .writes()
        .chain(&plan.prunes)
        .map(|step| {
            json!({
                "object": step.id.to_string(),
                "action": step.action,
                "why": step.reason.to_string(),
                "fields": step.fields,
            })
        })
        .collect();
    to_yaml(&json!({ "steps": steps }))
}
