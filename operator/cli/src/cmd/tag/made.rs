//! Pure: the objects of a tag where there is no operator, by istioctl's names and labels, so that
//! either tool finds them.

use mainsheet_crds::meta::{
    DEFAULT_NAMESPACE, DEFAULT_REVISION, LABEL_COMPONENT, LABEL_INSTALLATION, LABEL_ISTIO_REV,
    LABEL_ISTIO_TAG, LABEL_MANAGED_BY, LABEL_REVISION,
};
use mainsheet_crds::{FreeObject, MeshInstallationSpec};
use mainsheet_manifests::{Body, Kind, ObjectId, render};
use mainsheet_profiles::{Context, resolve};
use serde_json::{Value, json};

use crate::error::Error;

/// What would make an object look like one that Mainsheet keeps.
const OWNERS: [&str; 4] = [
    LABEL_MANAGED_BY,
    LABEL_INSTALLATION,
    LABEL_COMPONENT,
    LABEL_REVISION,
];

/// Webhook and Service of a tag that stands for the revision of this webhook.
pub(super) fn objects(tag: &str, canonical: &Value) -> Result<Vec<(ObjectId, Value)>, Error> {
    let client = &canonical["webhooks"][0]["clientConfig"];
    let revision = canonical["metadata"]["labels"][LABEL_ISTIO_REV]
        .as_str()
        .unwrap_or(DEFAULT_REVISION);
    let namespace = client["service"]["namespace"]
        .as_str()
        .unwrap_or(DEFAULT_NAMESPACE);
    let resolved = resolve("tag", &spec(tag, revision, namespace), &Context::default())?;
    let manifests = render(&resolved)?;
    let mut objects = Vec::new();
    for object in manifests.objects() {
        let Body::Rendered(body) = &object.body else {
            continue;
        };
        if body["metadata"]["labels"][LABEL_ISTIO_TAG] != tag {
            continue;
        }
        let mut body = body.clone();
        if let Some(labels) = body["metadata"]["labels"].as_object_mut() {
            labels.retain(|key, _| !OWNERS.contains(&key.as_str()));
        }
        if object.id.kind == Kind::MutatingWebhookConfiguration {
            take_over(&mut body, canonical);
        }
        objects.push((object.id.clone(), body));
    }
    Ok(objects)
}

/// The mesh whose only tag this is.
fn spec(tag: &str, revision: &str, namespace: &str) -> MeshInstallationSpec {
    let values: FreeObject = FreeObject::from_iter([("revisionTags".to_owned(), json!([tag]))]);
    MeshInstallationSpec {
        revision: (revision != DEFAULT_REVISION).then(|| revision.to_owned()),
        namespace: Some(namespace.to_owned()),
        values: Some(values),
        ..MeshInstallationSpec::default()
    }
}

/// Address and trust are those of the revision's own webhook.
fn take_over(body: &mut Value, canonical: &Value) {
    let client = &canonical["webhooks"][0]["clientConfig"];
    let policy = &canonical["webhooks"][0]["reinvocationPolicy"];
    for webhook in body["webhooks"].as_array_mut().into_iter().flatten() {
        webhook["clientConfig"] = client.clone();
        if policy.is_string() {
            webhook["reinvocationPolicy"] = policy.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_by_its_labels_and_calls_the_revisions_istiod() {
        let canonical = json!({"metadata": {"labels": {"istio.io/rev": "blue"}}, "webhooks": [{"reinvocationPolicy": "IfNeeded",
            "clientConfig": {"caBundle": "Yg==", "service": {"name": "istiod-blue", "namespace": "mesh", "path": "/inject", "port": 443}}}]});
        let objects = objects("prod", &canonical).unwrap();
        let names: Vec<String> = objects.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(
            names,
            [
                "Service mesh/istiod-revision-tag-prod",
                "MutatingWebhookConfiguration istio-revision-tag-prod-mesh"
            ]
        );
        let webhooks = &objects[1].1;
        assert_eq!(
            webhooks["metadata"]["labels"],
            json!({"app": "sidecar-injector", "istio.io/rev": "blue", "istio.io/tag": "prod"})
        );
        for webhook in webhooks["webhooks"].as_array().unwrap() {
            assert_eq!(
                webhook["clientConfig"],
                canonical["webhooks"][0]["clientConfig"]
            );
            assert_eq!(webhook["reinvocationPolicy"], "IfNeeded");
        }
    }
}
