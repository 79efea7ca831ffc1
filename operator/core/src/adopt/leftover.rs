//! What `istioctl install` adds to what it renders: the default tag. Its webhooks inject instead of
//! those of the un-revisioned control plane, which it switches off. Once these are on again, the
//! tag would inject every pod twice, and its validator would outlive the control plane.

use mainsheet_manifests::{Kind, ObjectId};

use crate::desired::Desired;

/// The objects of istioctl's default tag that a mesh takes the place of: those that it does not
/// want itself, the webhooks before the Service. Only a mesh with an un-revisioned control plane
/// takes that place.
pub fn leftovers(desired: &Desired, namespace: &str) -> Vec<ObjectId> {
    let injector = ObjectId::new(
        Kind::MutatingWebhookConfiguration,
        None,
        "istio-sidecar-injector",
    );
    if !desired.contains(&injector) {
        return Vec::new();
    }
    let all = [
        ObjectId::new(
            Kind::MutatingWebhookConfiguration,
            None,
            "istio-revision-tag-default",
        ),
        ObjectId::new(
            Kind::ValidatingWebhookConfiguration,
            None,
            "istiod-default-validator",
        ),
        ObjectId::new(
            Kind::Service,
            Some(namespace),
            "istiod-revision-tag-default",
        ),
    ];
    all.into_iter().filter(|id| !desired.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::{Manifests, Wave};
    use serde_json::json;

    use super::*;
    use crate::test_support::object;

    fn names(wanted: &[(Kind, &str)]) -> Vec<String> {
        let objects = wanted
            .iter()
            .map(|(kind, name)| object(*kind, name, Wave::Webhooks, json!({})));
        let desired = Desired::new(&Manifests::new(objects));
        leftovers(&desired, "mesh")
            .into_iter()
            .map(|id| id.name)
            .collect()
    }

    #[test]
    fn the_default_tag_goes_unless_it_is_wanted() {
        let injector = (Kind::MutatingWebhookConfiguration, "istio-sidecar-injector");
        let validator = (
            Kind::ValidatingWebhookConfiguration,
            "istiod-default-validator",
        );
        assert_eq!(names(&[injector]).len(), 3);
        assert_eq!(
            names(&[injector, validator]),
            ["istio-revision-tag-default", "istiod-revision-tag-default"]
        );
        assert!(
            names(&[(
                Kind::MutatingWebhookConfiguration,
                "istio-sidecar-injector-blue"
            )])
            .is_empty()
        );
    }
}
