//! AuthorizationPolicies: namespaces that they name, and pods that they are for.

use mainsheet_crds::istio::AuthorizationPolicy;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, Workload, is_subset, text_of};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "auth.AuthorizationPoliciesAnalyzer",
    about: "Namespaces that AuthorizationPolicies name, and pods that they are for",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::NoMatchingWorkloadsFound,
    ],
    inputs: &[Kind::AuthorizationPolicy, Kind::Namespace, Kind::Pod],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    for policy in &view.snapshot.objects.authorization_policies {
        workloads(view, policy, report);
        namespaces(view, policy, report);
    }
}

fn workloads(view: &View<'_>, policy: &Item<AuthorizationPolicy>, report: &mut Report) {
    let spec = &policy.spec;
    if spec.target_ref.is_some() || !spec.target_refs.is_empty() {
        return;
    }
    let namespace = &policy.about.namespace;
    let is_for_all = *namespace == view.mesh.root_namespace;
    let selector = spec
        .selector
        .as_ref()
        .map(|selector| &selector.match_labels);
    let selector = selector.filter(|labels| !labels.is_empty());
    if is_for_all && selector.is_none() {
        return;
    }
    let is_for = |pod: &Workload<'_>| {
        (pod.has_sidecar || pod.is_ambient)
            && selector.is_none_or(|labels| is_subset(labels, pod.labels))
    };
    let found = if is_for_all {
        view.workloads.all().any(is_for)
    } else {
        view.workloads.of(namespace).iter().any(is_for)
    };
    if found {
        return;
    }
    let (path, text) = match selector {
        Some(labels) => (
            "spec.selector.matchLabels",
            format!(
                "the policy is for no pod of the mesh: none has the labels {}",
                text_of(labels)
            ),
        ),
        None => (
            "spec",
            format!("the policy is for no pod of the mesh: namespace {namespace} has none"),
        ),
    };
    report.field(Code::NoMatchingWorkloadsFound, &policy.about, path, text);
}

fn namespaces(view: &View<'_>, policy: &Item<AuthorizationPolicy>, report: &mut Report) {
    for (i, rule) in policy.spec.rules.iter().enumerate() {
        let sources = rule.from.iter().enumerate();
        for (j, source) in sources.filter_map(|(j, from)| Some((j, from.source.as_ref()?))) {
            let named = [
                ("namespaces", &source.namespaces),
                ("notNamespaces", &source.not_namespaces),
            ];
            for (field, names) in named {
                for (k, name) in names.iter().enumerate() {
                    if !view.namespaces.iter().any(|known| is_like(known, name)) {
                        report.field(
                            Code::ReferencedResourceNotFound,
                            &policy.about,
                            format!("spec.rules[{i}].from[{j}].source.{field}[{k}]"),
                            format!("namespace not found: {name:?}"),
                        );
                    }
                }
            }
        }
    }
}

/// Whether a name is as a policy says: `*` alone, at the beginning or at the end.
fn is_like(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(suffix), _) => name.ends_with(suffix),
        (None, Some(prefix)) => name.starts_with(prefix),
        (None, None) => name == pattern,
    }
}
