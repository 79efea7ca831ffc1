//! Which webhook injects a pod. Pure: configurations and labels come in.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhook, MutatingWebhookConfiguration, WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::ResourceExt;
use kube::core::{Selector, SelectorExt};

/// Every webhook of Istio that injects has a name with this end.
const ENDING: &str = "sidecar-injector.istio.io";
const REVISION: &str = "istio.io/rev";
const TAG: &str = "istio.io/tag";
/// What is meant where nothing says otherwise.
const DEFAULT: &str = "default";

/// Labels of an object.
pub(super) type Labels = BTreeMap<String, String>;

/// The webhook of a revision or tag; without one the webhook that takes such a pod in such a
/// namespace, or else the default one.
pub(super) fn choose<'a>(
    all: &'a [MutatingWebhookConfiguration],
    revision: Option<&str>,
    namespace: &Labels,
    pod: &Labels,
) -> Result<&'a WebhookClientConfig, String> {
    let injects = |webhook: &&MutatingWebhook| webhook.name.ends_with(ENDING);
    let mut webhooks: Vec<(&MutatingWebhookConfiguration, &MutatingWebhook)> = all
        .iter()
        .flat_map(|one| {
            one.webhooks
                .iter()
                .flatten()
                .filter(injects)
                .map(move |webhook| (one, webhook))
        })
        .collect();
    if webhooks.is_empty() {
        return Err("this cluster has no injection webhook; install a mesh first".to_owned());
    }
    webhooks.sort_by_key(|(configuration, webhook)| (configuration.name_any(), &webhook.name));
    let takes = |webhook: &MutatingWebhook| {
        matches(webhook.namespace_selector.as_ref(), namespace)
            && matches(webhook.object_selector.as_ref(), pod)
    };
    let is_of = |configuration: &MutatingWebhookConfiguration, name: &str| {
        let labels = configuration.labels();
        [TAG, REVISION]
            .iter()
            .any(|label| labels.get(*label).is_some_and(|value| value == name))
    };
    if revision.is_none()
        && let Some((_, webhook)) = webhooks.iter().find(|(_, webhook)| takes(webhook))
    {
        return Ok(&webhook.client_config);
    }
    let wanted = revision.unwrap_or(DEFAULT);
    let mut of_wanted = webhooks
        .iter()
        .filter(|(one, _)| is_of(one, wanted))
        .peekable();
    let Some((_, first)) = of_wanted.peek() else {
        return Err(format!(
            "there is no injection webhook of revision or tag {wanted:?}; there are: {}",
            names(&webhooks).join(", ")
        ));
    };
    let best = of_wanted.clone().find(|(_, webhook)| takes(webhook));
    Ok(best.map_or(&first.client_config, |(_, webhook)| &webhook.client_config))
}

/// The revisions and tags that have a webhook.
fn names(webhooks: &[(&MutatingWebhookConfiguration, &MutatingWebhook)]) -> Vec<String> {
    let mut names: Vec<String> = webhooks
        .iter()
        .filter_map(|(one, _)| {
            let labels = one.labels();
            labels.get(TAG).or_else(|| labels.get(REVISION)).cloned()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn matches(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else {
        return true;
    };
    // A selector that cannot be read matches nothing.
    Selector::try_from(selector.clone()).is_ok_and(|selector| selector.matches(labels))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn configuration(
        name: &str,
        labels: &Value,
        namespaces: &Value,
    ) -> MutatingWebhookConfiguration {
        let webhook = json!({"name": format!("namespace.{ENDING}"), "namespaceSelector": namespaces,
                             "clientConfig": {"url": format!("https://{name}")}, "sideEffects": "None",
                             "admissionReviewVersions": ["v1"]});
        let other = json!({"name": "other.example.com", "clientConfig": {"url": "https://other"},
                           "sideEffects": "None", "admissionReviewVersions": ["v1"]});
        let object =
            json!({"metadata": {"name": name, "labels": labels}, "webhooks": [other, webhook]});
        serde_json::from_value(object).unwrap()
    }

    fn mesh() -> Vec<MutatingWebhookConfiguration> {
        vec![
            configuration(
                "old",
                &json!({REVISION: "default"}),
                &json!({"matchLabels": {"istio-injection": "enabled"}}),
            ),
            configuration(
                "canary",
                &json!({REVISION: "1-31"}),
                &json!({"matchLabels": {"istio.io/rev": "1-31"}}),
            ),
            configuration(
                "prod",
                &json!({REVISION: "1-31", TAG: "prod"}),
                &json!({"matchLabels": {"istio.io/rev": "prod"}}),
            ),
        ]
    }

    fn chosen(revision: Option<&str>, namespace: &[(&str, &str)]) -> Result<String, String> {
        let namespace = namespace
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let mesh = mesh();
        choose(&mesh, revision, &namespace, &Labels::new())
            .map(|chosen| chosen.url.clone().unwrap_or_default())
    }

    #[test]
    fn the_webhook_that_would_take_the_pod_is_asked() {
        assert_eq!(
            chosen(None, &[("istio.io/rev", "prod")]).unwrap(),
            "https://prod"
        );
        assert_eq!(
            chosen(None, &[("istio-injection", "enabled")]).unwrap(),
            "https://old"
        );
        assert_eq!(chosen(None, &[]).unwrap(), "https://old");
    }

    #[test]
    fn a_revision_or_a_tag_can_be_named() {
        assert_eq!(chosen(Some("prod"), &[]).unwrap(), "https://prod");
        assert_eq!(chosen(Some("1-31"), &[]).unwrap(), "https://canary");
        assert_eq!(
            chosen(Some("1-29"), &[]).unwrap_err(),
            "there is no injection webhook of revision or tag \"1-29\"; there are: 1-31, default, prod"
        );
    }
}
