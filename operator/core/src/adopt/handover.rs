//! The ownership of fields, handed over from an installer to Mainsheet by rewriting managed
//! fields, as `kubectl` does when it goes from client-side to server-side apply.

use mainsheet_crds::meta;
use mainsheet_manifests::Kind;
use serde_json::{Map, Value, json};

use crate::desired::Wanted;

/// Field managers of installers, and of tools that apply what installers render.
const INSTALLERS: [&str; 14] = [
    "istio-operator",
    "istioctl",
    "helm",
    "Helm",
    "helm-controller",
    "sail-operator",
    "manager",
    "argocd-controller",
    "argocd-application-controller",
    "kustomize-controller",
    "kubectl",
    "kubectl-client-side-apply",
    "kubectl-create",
    "before-first-apply",
];

/// The merge patch: fields of installers become Mainsheet's, and nobody's deletion takes the
/// object away any more. It fails if the object has changed since it was read.
pub fn handover(wanted: &Wanted, found: &Value) -> Value {
    let metadata = &found["metadata"];
    let mut patch = json!({
        "resourceVersion": metadata["resourceVersion"],
        "managedFields": managed_fields(wanted, metadata),
    });
    if metadata["ownerReferences"].is_array() {
        patch["ownerReferences"] = Value::Null;
    }
    // A tool that finds its release here would go on with it.
    if let Some(annotations) = metadata["annotations"].as_object() {
        let of_helm = annotations
            .keys()
            .filter(|key| key.starts_with("meta.helm.sh/"));
        let gone: Map<String, Value> = of_helm.map(|key| (key.clone(), Value::Null)).collect();
        if !gone.is_empty() {
            patch["annotations"] = Value::Object(gone);
        }
    }
    json!({ "metadata": patch })
}

fn managed_fields(wanted: &Wanted, metadata: &Value) -> Value {
    let version = wanted.id.kind.api_version();
    let mut ours = json!({});
    let mut others = Vec::new();
    let entries = metadata["managedFields"].as_array();
    for entry in entries.into_iter().flatten() {
        if !is_taken(entry) {
            others.push(entry.clone());
        } else if entry["apiVersion"] == version.as_str() {
            mainsheet_profiles::merge::merge(&mut ours, &entry["fieldsV1"]);
        }
    }
    leave(wanted, &mut ours);
    others.push(json!({
        "manager": meta::MANAGER,
        "operation": "Apply",
        "apiVersion": version,
        "fieldsType": "FieldsV1",
        "fieldsV1": ours,
    }));
    Value::Array(others)
}

/// Whether an entry is an installer's, or what Mainsheet has applied already.
fn is_taken(entry: &Value) -> bool {
    let whole = entry["subresource"].as_str().is_none_or(str::is_empty);
    let manager = entry["manager"].as_str().unwrap_or_default();
    let ours = manager == meta::MANAGER && entry["operation"] == "Apply";
    whole && (ours || INSTALLERS.contains(&manager))
}

/// Takes from the fields to be owned what an apply without them must not take away: what the
/// object has got at run time, and pod labels that only the other installer means, since a pod
/// template without them is another one.
fn leave(wanted: &Wanted, fields: &mut Value) {
    let kind = wanted.id.kind;
    if let Some(spec) = fields.get_mut("f:spec").and_then(Value::as_object_mut) {
        for field in [
            "f:replicas",
            "f:clusterIP",
            "f:clusterIPs",
            "f:healthCheckNodePort",
        ] {
            spec.remove(field);
        }
    }
    let rendered = wanted.rendered().unwrap_or_default();
    let meant = &rendered["spec"]["template"]["metadata"];
    for key in ["labels", "annotations"] {
        let owned = fields.pointer_mut(&format!("/f:spec/f:template/f:metadata/f:{key}"));
        let meant = meant.get(key);
        if let Some(owned) = owned.and_then(Value::as_object_mut) {
            owned.retain(|label, _| {
                let label = label.trim_start_matches("f:");
                label == "." || meant.is_some_and(|meant| meant.get(label).is_some())
            });
        }
    }
    if matches!(
        kind,
        Kind::MutatingWebhookConfiguration | Kind::ValidatingWebhookConfiguration
    ) && let Some(webhooks) = fields.get_mut("f:webhooks").and_then(Value::as_object_mut)
    {
        for webhook in webhooks.values_mut() {
            if let Some(client) = webhook
                .get_mut("f:clientConfig")
                .and_then(Value::as_object_mut)
            {
                client.remove("f:caBundle");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::{Manifests, Wave};

    use super::*;
    use crate::desired::Desired;
    use crate::test_support::object;

    fn handed(kind: Kind, fields: Value, managed: &Value) -> Value {
        let rendered = object(kind, "istiod", Wave::ControlPlane, fields);
        let desired = Desired::new(&Manifests::new([rendered]));
        let found = json!({"metadata": {"resourceVersion": "7", "managedFields": managed,
            "annotations": {"meta.helm.sh/release-name": "istiod", "note": "x"},
            "ownerReferences": [{"kind": "IstioRevision"}]}});
        handover(&desired.objects()[0], &found)["metadata"].clone()
    }

    #[test]
    fn fields_of_every_installer_become_ours_and_those_of_others_stay() {
        let patch = handed(
            Kind::ConfigMap,
            json!({}),
            &json!([
                {"manager": "Helm", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:a": {}}}},
                {"manager": "istio-operator", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:b": {}}}},
                {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:c": {}}}},
            ]),
        );
        let entries = patch["managedFields"].as_array().unwrap();
        let names: Vec<&Value> = entries.iter().map(|entry| &entry["manager"]).collect();
        assert_eq!(names, ["kubectl-edit", "mainsheet"]);
        assert_eq!(
            entries[1]["fieldsV1"],
            json!({"f:data": {"f:a": {}, "f:b": {}}})
        );
        assert_eq!(patch["resourceVersion"], "7");
    }

    #[test]
    fn owners_and_releases_are_let_go() {
        let patch = handed(Kind::ConfigMap, json!({}), &json!([]));
        assert_eq!(patch["ownerReferences"], Value::Null);
        assert_eq!(
            patch["annotations"],
            json!({"meta.helm.sh/release-name": null})
        );
    }

    #[test]
    fn what_an_apply_must_not_take_away_is_left_without_an_owner() {
        let wanted = json!({"spec": {"template": {"metadata": {"labels": {"app": "istiod"}}}}});
        let owned = json!({"f:spec": {"f:replicas": {}, "f:strategy": {}, "f:template": {"f:metadata": {
            "f:labels": {"f:app": {}, "f:helm.sh/chart": {}}}}}});
        let entry = json!({"manager": "helm", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": owned});
        let patch = handed(Kind::Deployment, wanted, &json!([entry]));
        assert_eq!(
            patch["managedFields"][0]["fieldsV1"],
            json!({"f:spec": {"f:strategy": {}, "f:template": {"f:metadata": {"f:labels": {"f:app": {}}}}}})
        );
    }

    #[test]
    fn certificates_of_webhooks_stay() {
        let owned = json!({"f:webhooks": {"k:{\"name\":\"a\"}": {"f:clientConfig": {"f:caBundle": {}, "f:service": {}}}}});
        let entry = json!({"manager": "istio-operator", "operation": "Apply",
            "apiVersion": "admissionregistration.k8s.io/v1", "fieldsV1": owned});
        let patch = handed(
            Kind::MutatingWebhookConfiguration,
            json!({}),
            &json!([entry]),
        );
        let left = &patch["managedFields"][0]["fieldsV1"]["f:webhooks"]["k:{\"name\":\"a\"}"];
        assert_eq!(left["f:clientConfig"], json!({"f:service": {}}));
    }
}
