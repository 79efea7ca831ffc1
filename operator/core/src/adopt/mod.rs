//! Taking over a mesh that another installer has made: istioctl, Helm, Sail, or any tool that
//! applies what these render.
//!
//! Its objects come into the plan as steps with the reason `Adopted`, with every path that would
//! change. Nothing is recreated: objects keep their UIDs, and what the old installer owned becomes
//! Mainsheet's, so that the apply which follows takes away what is no longer wanted, as for any
//! change of the wish.

mod handover;
mod leftover;

use mainsheet_manifests::Kind;

use crate::plan::{Plan, Reason, Step};
use crate::status::some_of;

pub use handover::handover;
pub use leftover::leftovers;

/// Why objects of a plan cannot be taken over, a line each: pods would be restarted, which the
/// user has to allow, or a field differs that the API server lets nobody change.
pub fn refusals(plan: &Plan, restarts_allowed: bool) -> Vec<String> {
    let adopted = plan
        .steps
        .iter()
        .filter(|step| step.reason == Reason::Adopted);
    adopted
        .filter_map(|step| refusal(step, restarts_allowed))
        .collect()
}

fn refusal(step: &Step, restarts_allowed: bool) -> Option<String> {
    let id = &step.id;
    let fixed = within(step, immutable(id.kind));
    if !fixed.is_empty() {
        return Some(format!("{id} cannot be changed in {}", some_of(&fixed)));
    }
    let restarts = within(step, restarting(id.kind));
    (!restarts.is_empty() && !restarts_allowed)
        .then(|| format!("{id} would restart, by {}", some_of(&restarts)))
}

/// The paths of a step that are under one of these.
fn within(step: &Step, parents: &[&str]) -> Vec<String> {
    let is_within = |path: &String| {
        parents.iter().any(|parent| {
            path.strip_prefix(parent)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    let paths = step.fields.iter();
    paths.filter(|path| is_within(path)).cloned().collect()
}

fn is_workload(kind: Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet)
}

fn restarting(kind: Kind) -> &'static [&'static str] {
    if is_workload(kind) {
        &["spec.template"]
    } else {
        &[]
    }
}

fn immutable(kind: Kind) -> &'static [&'static str] {
    if is_workload(kind) {
        &[
            "spec.selector",
            "spec.serviceName",
            "spec.volumeClaimTemplates",
        ]
    } else if matches!(kind, Kind::ClusterRoleBinding | Kind::RoleBinding) {
        &["roleRef"]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mainsheet_manifests::{Manifests, Wave};
    use serde_json::{Value, json};

    use super::*;
    use crate::desired::Desired;
    use crate::live::Live;
    use crate::plan::{Inventory, plan};
    use crate::test_support::{INSTALLATION, object};

    fn planned(wanted: Value, found: Value) -> Plan {
        let rendered = object(Kind::Deployment, "istiod", Wave::ControlPlane, wanted);
        let found = Live::from_value(Kind::Deployment, found).unwrap();
        plan(
            INSTALLATION,
            &Desired::new(&Manifests::new([rendered])),
            &Inventory::from([(found.id.clone(), found)]),
            &BTreeSet::new(),
        )
    }

    fn pod(image: &str) -> Value {
        json!({"spec": {"selector": {"matchLabels": {"istio": "pilot"}}, "template": {
            "metadata": {"labels": {"istio": "pilot"}},
            "spec": {"containers": [{"name": "discovery", "image": image}]}}}})
    }

    fn found(mut fields: Value, owned: &Value) -> Value {
        fields["metadata"] = json!({"name": "istiod", "namespace": "mesh", "resourceVersion": "7",
            "labels": {"app.kubernetes.io/managed-by": "Helm", "operator.istio.io/managed": "Reconcile"},
            "managedFields": [{"manager": "istio-operator", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": owned}]});
        fields
    }

    #[test]
    fn labels_change_and_pods_go_on() {
        let plan = planned(pod("pilot:1"), found(pod("pilot:1"), &json!({})));
        assert_eq!(refusals(&plan, false), Vec::<String>::new());
        let label = "metadata.labels.app.kubernetes.io/managed-by".to_owned();
        assert!(plan.steps[0].fields.contains(&label));
    }

    #[test]
    fn another_image_and_a_variable_that_is_not_wanted_restart() {
        let mut there = pod("pilot:2");
        let container = &mut there["spec"]["template"]["spec"]["containers"][0];
        container["env"] = json!([{"name": "A", "value": "1"}]);
        let owned = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"discovery\"}": {
            ".": {}, "f:image": {}, "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}}}}}}}}});
        let plan = planned(pod("pilot:1"), found(there, &owned));
        let refused = refusals(&plan, false);
        let container = "spec.template.spec.containers[discovery]";
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0].contains(&format!("{container}.image"))
                && refused[0].contains(&format!("{container}.env")),
            "{refused:?}"
        );
        assert_eq!(refusals(&plan, true), Vec::<String>::new());
    }

    #[test]
    fn labels_of_pods_that_only_the_other_installer_means_do_not_restart() {
        let mut there = pod("pilot:1");
        there["spec"]["template"]["metadata"]["labels"]["helm.sh/chart"] = json!("istiod-1");
        let plan = planned(pod("pilot:1"), found(there, &json!({})));
        assert!(refusals(&plan, false).is_empty());
    }

    #[test]
    fn another_selector_cannot_be_taken_over_even_where_restarts_are_allowed() {
        let mut there = pod("pilot:1");
        there["spec"]["selector"]["matchLabels"] = json!({"app": "istiod"});
        let plan = planned(pod("pilot:1"), found(there, &json!({})));
        assert_eq!(
            refusals(&plan, true),
            ["Deployment mesh/istiod cannot be changed in spec.selector.matchLabels.istio"]
        );
    }
}
