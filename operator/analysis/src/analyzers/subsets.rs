//! Subsets: that those which routes name are there, and that those which are there have pods.

use std::collections::{BTreeMap, HashSet};

use super::Analyzer;
use super::destinations::targets;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::{View, fqdn, is_local, is_subset, text_of};

pub(super) const ROUTES: Analyzer = Analyzer {
    name: "virtualservice.DestinationRuleAnalyzer",
    about: "Subsets that VirtualServices send traffic to",
    codes: &[Code::ReferencedResourceNotFound],
    inputs: &[Kind::VirtualService, Kind::DestinationRule],
    run: routes,
};

pub(super) const RULES: Analyzer = Analyzer {
    name: "destinationrule.SubsetSelectPodAnalyzer",
    about: "Hosts of DestinationRules, and pods of their subsets",
    codes: &[
        Code::DestinationRuleSubsetNotSelectPods,
        Code::UnknownDestinationRuleHost,
    ],
    inputs: &[
        Kind::DestinationRule,
        Kind::Pod,
        Kind::Service,
        Kind::ServiceEntry,
    ],
    run: rules,
};

fn routes(view: &View<'_>, report: &mut Report) {
    let mut known = HashSet::new();
    for rule in &view.snapshot.objects.destination_rules {
        let host = fqdn(&rule.about.namespace, &rule.spec.host);
        let names = rule.spec.subsets.iter().map(|subset| &subset.name);
        known.extend(names.map(|name| (host.clone(), name.as_str())));
    }
    for service in &view.snapshot.objects.virtual_services {
        for target in targets(&service.spec) {
            let host = &target.destination.host;
            let Some(subset) = target.destination.subset.as_deref() else {
                continue;
            };
            let whole = fqdn(&service.about.namespace, host);
            if subset.is_empty() || known.contains(&(whole.clone(), subset)) {
                continue;
            }
            let mut others: Vec<&str> = known
                .iter()
                .filter(|(of, _)| *of == whole)
                .map(|(_, name)| *name)
                .collect();
            others.sort_unstable();
            let there = if others.is_empty() {
                format!("no DestinationRule defines subsets of {host:?}")
            } else {
                format!("{host:?} has: {}", others.join(", "))
            };
            report.field(
                Code::ReferencedResourceNotFound,
                &service.about,
                format!("{}.subset", target.path),
                format!("subset not found: {subset:?}; {there}"),
            );
        }
    }
}

fn rules(view: &View<'_>, report: &mut Report) {
    for rule in &view.snapshot.objects.destination_rules {
        let host = &rule.spec.host;
        if host.is_empty() {
            continue;
        }
        // A rule for many hosts may be there before them.
        if host.starts_with('*') {
            continue;
        }
        let Some(found) = view.hosts.find(&rule.about.namespace, host) else {
            report.field(
                Code::UnknownDestinationRuleHost,
                &rule.about,
                "spec.host",
                format!("no service has the host {host:?}"),
            );
            continue;
        };
        // Endpoints of a ServiceEntry need not be pods.
        let whole = fqdn(&rule.about.namespace, host);
        let (Some(selector), true) = (found.selector, is_local(&whole)) else {
            continue;
        };
        for (at, subset) in rule.spec.subsets.iter().enumerate() {
            // Labels that only istiod puts on endpoints cannot be seen here.
            let is_topology =
                |key: &String| key.starts_with("topology.") || key == "kubernetes.io/hostname";
            if subset.labels.keys().any(is_topology) {
                continue;
            }
            let mut wanted: BTreeMap<String, String> = selector.clone();
            wanted.extend(subset.labels.clone());
            let mut pods = view.workloads.of(&found.about.namespace).iter();
            if !pods.any(|pod| is_subset(&wanted, pod.labels)) {
                report.field(
                    Code::DestinationRuleSubsetNotSelectPods,
                    &rule.about,
                    format!("spec.subsets[{at}].labels"),
                    format!(
                        "subset {} has no pods: none has the labels {}",
                        subset.name,
                        text_of(&wanted)
                    ),
                );
            }
        }
    }
}
