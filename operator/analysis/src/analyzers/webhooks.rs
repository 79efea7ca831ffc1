//! Injection webhooks: that no two take the same pod, and that what they call is there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhook;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use mainsheet_crds::meta::LABEL_ISTIO_REV;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::{INJECT, INJECTION, View, selector_matches};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "webhook.Analyzer",
    about: "Injection webhooks that overlap, or that call what is not there",
    codes: &[
        Code::InvalidWebhook,
        Code::ExternalControlPlaneAddressIsNotAHostname,
    ],
    inputs: &[Kind::MutatingWebhookConfiguration, Kind::Service],
    run,
};

/// Label that Kubernetes gives every namespace; Mainsheet splits namespaces by it.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

struct Hook<'a> {
    about: &'a Arc<Resource>,
    at: usize,
    webhook: &'a MutatingWebhook,
}

fn run(view: &View<'_>, report: &mut Report) {
    let mut hooks = Vec::new();
    for config in &view.snapshot.objects.webhooks {
        let webhooks: Vec<&MutatingWebhook> = config.webhooks.iter().flatten().collect();
        let is_istios = webhooks.iter().any(|one| one.name.ends_with("istio.io"));
        if is_istios || config.about.labels.contains_key(LABEL_ISTIO_REV) {
            let found = webhooks.into_iter().enumerate();
            hooks.extend(found.map(|(at, webhook)| Hook {
                about: &config.about,
                at,
                webhook,
            }));
        }
    }
    overlaps(&hooks, report);
    for hook in &hooks {
        callee(view, hook, report);
    }
}

fn callee(view: &View<'_>, hook: &Hook<'_>, report: &mut Report) {
    let path = format!("webhooks[{}].clientConfig", hook.at);
    let config = &hook.webhook.client_config;
    if let Some(service) = &config.service {
        if view
            .snapshot
            .find(Kind::Service, &service.namespace, &service.name)
            .is_none()
        {
            report.field(
                Code::InvalidWebhook,
                hook.about,
                path,
                format!(
                    "webhook {} calls Service {}/{}, which is not there",
                    hook.webhook.name, service.namespace, service.name
                ),
            );
        }
    } else if let Some(url) = &config.url {
        let host = url.split("://").nth(1).unwrap_or(url);
        let host = host.split('/').next().unwrap_or_default();
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        if host.parse::<IpAddr>().is_ok() {
            report.field(
                Code::ExternalControlPlaneAddressIsNotAHostname,
                hook.about,
                path,
                format!(
                    "webhook {} calls the address {host}: with a host name the control plane could move",
                    hook.webhook.name
                ),
            );
        }
    }
}

/// A pod must be taken by one webhook at most, whatever the labels of it and of its namespace.
fn overlaps(hooks: &[Hook<'_>], report: &mut Report) {
    let values = |key: &str| -> BTreeSet<&str> {
        let selectors = hooks.iter().flat_map(|hook| {
            [
                &hook.webhook.namespace_selector,
                &hook.webhook.object_selector,
            ]
        });
        selectors
            .flatten()
            .flat_map(|one| values_of(one, key))
            .collect()
    };
    let own = hooks
        .iter()
        .filter_map(|h| h.about.labels.get(LABEL_ISTIO_REV));
    let mut revisions: BTreeSet<&str> = values(LABEL_ISTIO_REV);
    revisions.extend(own.map(String::as_str));
    let names = values(NAMESPACE_NAME);
    let injection = [None, Some("enabled"), Some("disabled")];
    let inject = [None, Some("true"), Some("false")];
    let revisions: Vec<Option<&str>> = with_none(&revisions);
    let names: Vec<Option<&str>> = with_none(&names);
    let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for namespace in product(&[
        (INJECTION, &injection),
        (LABEL_ISTIO_REV, &revisions),
        (NAMESPACE_NAME, &names),
    ]) {
        let near: Vec<usize> = (0..hooks.len())
            .filter(|i| selector_matches(hooks[*i].webhook.namespace_selector.as_ref(), &namespace))
            .collect();
        if near.len() < 2 {
            continue;
        }
        for pod in product(&[(INJECT, &inject), (LABEL_ISTIO_REV, &revisions)]) {
            let taken = near
                .iter()
                .copied()
                .filter(|i| selector_matches(hooks[*i].webhook.object_selector.as_ref(), &pod));
            let taken: Vec<usize> = taken.collect();
            if taken.len() > 1 {
                for one in &taken {
                    let others = taken.iter().copied().filter(|other| other != one);
                    found.entry(*one).or_default().extend(others);
                }
            }
        }
    }
    for (one, others) in found {
        let list: Vec<String> = others
            .iter()
            .map(|i| format!("{}/{}", hooks[*i].about.name, hooks[*i].webhook.name))
            .collect();
        report.field(
            Code::InvalidWebhook,
            hooks[one].about,
            format!("webhooks[{}]", hooks[one].at),
            format!(
                "webhook {} takes pods that others take too, so that they are injected twice: {}",
                hooks[one].webhook.name,
                list.join(", ")
            ),
        );
    }
}

/// The values that a selector names for a label.
fn values_of<'a>(selector: &'a LabelSelector, key: &str) -> Vec<&'a str> {
    let by_label = selector
        .match_labels
        .as_ref()
        .and_then(|labels| labels.get(key));
    let by_rule = selector.match_expressions.iter().flatten();
    let by_rule = by_rule.filter(|rule| rule.key == key);
    by_label
        .into_iter()
        .chain(by_rule.flat_map(|rule| rule.values.iter().flatten()))
        .map(String::as_str)
        .collect()
}

fn with_none<'a>(values: &BTreeSet<&'a str>) -> Vec<Option<&'a str>> {
    std::iter::once(None)
        .chain(values.iter().copied().map(Some))
        .collect()
}

/// Every combination of these labels, each absent or with one of its values.
fn product(choices: &[(&str, &[Option<&str>])]) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for (key, values) in choices {
        let longer = all.iter().flat_map(|labels: &BTreeMap<String, String>| {
            values.iter().map(move |value| {
                let mut labels = labels.clone();
                labels.extend(value.map(|value| ((*key).to_owned(), value.to_owned())));
                labels
            })
        });
        all = longer.collect();
    }
    all
}
