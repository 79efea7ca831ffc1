//! Several Services for the pods of one Deployment.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, Workload, is_subset};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "deployment.MultiServiceAnalyzer",
    about: "Services of one Deployment that contradict each other",
    codes: &[
        Code::DeploymentAssociatedToMultipleServices,
        Code::DeploymentConflictingPorts,
    ],
    inputs: &[Kind::Deployment, Kind::Service, Kind::Namespace],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    for workload in view.workloads.all() {
        if workload.about.kind != Kind::Deployment || !workload.has_sidecar {
            continue;
        }
        let services = services(view, workload);
        protocols(workload, &services, report);
        targets(workload, &services, report);
    }
}

fn services<'a>(view: &View<'a>, workload: &Workload<'_>) -> Vec<&'a Item<Service>> {
    let services = view.snapshot.objects.services.iter();
    services
        .filter(|service| {
            let selector = service
                .spec
                .as_ref()
                .and_then(|spec| spec.selector.as_ref());
            service.about.namespace == workload.about.namespace
                && selector.is_some_and(|s| !s.is_empty() && is_subset(s, workload.labels))
        })
        .collect()
}

fn ports<'a>(services: &[&'a Item<Service>]) -> impl Iterator<Item = (&'a str, &'a ServicePort)> {
    services.iter().copied().flat_map(|service| {
        let ports = service
            .spec
            .iter()
            .flat_map(|spec| spec.ports.iter().flatten());
        ports.map(|port| (service.about.name.as_str(), port))
    })
}

/// One port, different protocols of transport.
fn protocols(workload: &Workload<'_>, services: &[&Item<Service>], report: &mut Report) {
    let mut by_port: BTreeMap<i32, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for (name, port) in ports(services) {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let protocols = by_port.entry(port.port).or_default();
        protocols.entry(protocol).or_default().insert(name);
    }
    for (port, protocols) in by_port {
        if protocols.len() > 1 {
            let each: Vec<String> = protocols
                .iter()
                .map(|(protocol, names)| format!("{protocol} by {}", listed(names)))
                .collect();
            report.whole(
                Code::DeploymentAssociatedToMultipleServices,
                workload.about,
                format!("port {port} has several protocols: {}", each.join(", ")),
            );
        }
    }
}

/// One port of the pods, different numbers in front of it.
fn targets(workload: &Workload<'_>, services: &[&Item<Service>], report: &mut Report) {
    let mut by_target: BTreeMap<String, BTreeMap<i32, BTreeSet<&str>>> = BTreeMap::new();
    for (name, port) in ports(services) {
        let target = match &port.target_port {
            Some(IntOrString::Int(number)) if *number != 0 => number.to_string(),
            Some(IntOrString::String(name)) if !name.is_empty() => name.clone(),
            Some(_) | None => port.port.to_string(),
        };
        let numbers = by_target.entry(target).or_default();
        numbers.entry(port.port).or_default().insert(name);
    }
    for (target, numbers) in by_target {
        let services: BTreeSet<&str> = numbers.values().flatten().copied().collect();
        if numbers.len() > 1 && services.len() > 1 {
            let each: Vec<String> = numbers
                .iter()
                .map(|(number, names)| format!("{number} by {}", listed(names)))
                .collect();
            report.whole(
                Code::DeploymentConflictingPorts,
                workload.about,
                format!(
                    "targetPort {target} is reached by several ports: {}",
                    each.join(", ")
                ),
            );
        }
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}
