//! Pure: whether two injection webhooks would both be called for one pod.
//!
//! Their selectors are tried with every combination of the labels that injection knows.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_core::{Selector, SelectorExt};
use mainsheet_crds::meta::LABEL_ISTIO_REV;
use serde_json::Value;

const INJECTION: &str = "istio-injection";
const INJECT: &str = "sidecar.istio.io/inject";
const ENDING: &str = "sidecar-injector.istio.io";

type Labels = BTreeMap<String, String>;

/// An injection webhook of a configuration.
struct Webhook {
    configuration: String,
    namespaces: Selector,
    pods: Selector,
}

/// For each configuration among `others` that overlaps with one of `ours`: its name, and labels of
/// a namespace and a pod that both would be called for.
pub fn overlaps(ours: &[&Value], others: &[&Value]) -> BTreeMap<String, String> {
    let values = revisions(ours.iter().chain(others));
    let (ours, others) = (webhooks(ours), webhooks(others));
    let mut found = BTreeMap::new();
    for (namespace, pod) in combinations(&values) {
        let called = |webhook: &&Webhook| {
            webhook.namespaces.matches(&namespace) && webhook.pods.matches(&pod)
        };
        if ours.iter().find(called).is_none() {
            continue;
        }
        for other in others.iter().filter(called) {
            found.entry(other.configuration.clone()).or_insert_with(|| {
                format!(
                    "namespaces with {}, pods with {}",
                    said(&namespace),
                    said(&pod)
                )
            });
        }
    }
    found
}

fn webhooks(configurations: &[&Value]) -> Vec<Webhook> {
    let of = |configuration: &&Value| {
        let name = configuration["metadata"]["name"]
            .as_str()
            .unwrap_or_default();
        let webhooks = configuration["webhooks"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let injecting = webhooks.into_iter().filter(|webhook| {
            webhook["name"]
                .as_str()
                .is_some_and(|name| name.ends_with(ENDING))
        });
        injecting
            .filter_map(|webhook| {
                Some(Webhook {
                    configuration: name.to_owned(),
                    namespaces: selector(&webhook["namespaceSelector"])?,
                    pods: selector(&webhook["objectSelector"])?,
                })
            })
            .collect::<Vec<_>>()
    };
    configurations.iter().flat_map(of).collect()
}

fn selector(value: &Value) -> Option<Selector> {
    if value.is_null() {
        return Some(Selector::default());
    }
    let selector: LabelSelector = serde_json::from_value(value.clone()).ok()?;
    selector.try_into().ok()
}

/// Every revision or tag that a selector names.
fn revisions<'a>(configurations: impl Iterator<Item = &'a &'a Value>) -> BTreeSet<String> {
    let webhooks = configurations.flat_map(|one| one["webhooks"].as_array().into_iter().flatten());
    let selectors =
        webhooks.flat_map(|webhook| [&webhook["namespaceSelector"], &webhook["objectSelector"]]);
    let expressions = selectors.flat_map(|selector| {
        selector["matchExpressions"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let named = expressions.filter(|expression| expression["key"] == LABEL_ISTIO_REV);
    let values = named.flat_map(|expression| expression["values"].as_array().into_iter().flatten());
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn combinations(revisions: &BTreeSet<String>) -> Vec<(Labels, Labels)> {
    let revision: Vec<Option<&str>> = std::iter::once(None)
        .chain(revisions.iter().map(|one| Some(one.as_str())))
        .collect();
    let switch = |key: &'static str, values: [Option<&'static str>; 3]| -> Vec<Labels> {
        let mut all = Vec::new();
        for value in values {
            for revision in &revision {
                let mut labels = Labels::new();
                labels.extend(value.map(|value| (key.to_owned(), value.to_owned())));
                labels.extend(
                    revision.map(|revision| (LABEL_ISTIO_REV.to_owned(), revision.to_owned())),
                );
                all.push(labels);
            }
        }
        all
    };
    let namespaces = switch(INJECTION, [None, Some("enabled"), Some("disabled")]);
    let pods = switch(INJECT, [None, Some("true"), Some("false")]);
    namespaces
        .iter()
        .flat_map(|namespace| pods.iter().map(|pod| (named(namespace), pod.clone())))
        .collect()
}

/// A namespace has its name as a label.
fn named(namespace: &Labels) -> Labels {
    let mut labels = namespace.clone();
    labels.insert("kubernetes.io/metadata.name".to_owned(), "any".to_owned());
    labels
}

fn said(labels: &Labels) -> String {
    let shown: Vec<String> = labels
        .iter()
        .filter(|(key, _)| !key.starts_with("kubernetes.io/"))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    match shown.as_slice() {
        [] => "no label".to_owned(),
        shown => shown.join(","),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configuration(name: &str, revision: &str) -> Value {
        let is = |value: &str| json!([{"key": LABEL_ISTIO_REV, "operator": "In", "values": [value]}, {"key": INJECTION, "operator": "DoesNotExist"}]);
        json!({"metadata": {"name": name}, "webhooks": [{"name": "rev.namespace.sidecar-injector.istio.io",
            "namespaceSelector": {"matchExpressions": is(revision)},
            "objectSelector": {"matchExpressions": [{"key": INJECT, "operator": "NotIn", "values": ["false"]}]}}]})
    }

    fn with(one: &Value, other: &Value) -> Vec<(String, String)> {
        overlaps(&[one], &[other]).into_iter().collect()
    }

    #[test]
    fn webhooks_of_one_revision_overlap_and_of_two_do_not() {
        let (a, b) = (configuration("a", "default"), configuration("b", "default"));
        let found = with(&a, &b);
        assert_eq!(found[0].0, "b");
        assert_eq!(
            found[0].1,
            "namespaces with istio.io/rev=default, pods with no label"
        );
        assert!(with(&a, &configuration("b", "canary")).is_empty());
    }

    #[test]
    fn a_webhook_that_never_matches_overlaps_with_none() {
        let mut off = configuration("b", "default");
        off["webhooks"][0]["namespaceSelector"] =
            json!({"matchLabels": {"istio.io/deactivated": "never-match"}});
        assert!(with(&configuration("a", "default"), &off).is_empty());
    }

    #[test]
    fn webhooks_of_other_kinds_do_not_count() {
        let mut other = configuration("b", "default");
        other["webhooks"][0]["name"] = "linkerd-proxy-injector.linkerd.io".into();
        assert!(with(&configuration("a", "default"), &other).is_empty());
    }
}
