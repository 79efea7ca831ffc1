//! Gateways: that their selectors pick pods, and that traffic reaches these on the gateway's ports.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use mainsheet_crds::istio::Gateway;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::snapshot::Snapshot;
use crate::view::{View, Workload, containers, is_subset, text_of};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "gateway.IngressGatewayPortAnalyzer",
    about: "Pods that Gateways select, and the ports by which they are reached",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::GatewayPortNotOnWorkload,
        Code::GatewayPortNotDefinedOnService,
    ],
    inputs: &[Kind::Gateway, Kind::Pod, Kind::Service],
    run,
};

/// Whether a selector means a gateway that every installer brings, and which files do not have.
pub(super) fn is_assumed(snapshot: &Snapshot, selector: &BTreeMap<String, String>) -> bool {
    !snapshot.is_live
        && ["ingressgateway", "egressgateway"].iter().any(|name| {
            let labels = BTreeMap::from([
                ("istio".to_owned(), (*name).to_owned()),
                ("app".to_owned(), format!("istio-{name}")),
            ]);
            is_subset(selector, &labels)
        })
}

fn run(view: &View<'_>, report: &mut Report) {
    for gateway in &view.snapshot.objects.gateways {
        let selector = &gateway.spec.selector;
        let pods: Vec<&Workload<'_>> = view.workloads.selected_anywhere(selector).collect();
        if !pods.is_empty() {
            ports(view, gateway, &pods, report);
        } else if !is_assumed(view.snapshot, selector) {
            report.field(
                Code::ReferencedResourceNotFound,
                &gateway.about,
                "spec.selector",
                format!("selector matches no pods: {:?}", text_of(selector)),
            );
        }
    }
}

fn ports(view: &View<'_>, gateway: &Item<Gateway>, pods: &[&Workload<'_>], report: &mut Report) {
    // A Gateway without a selector is for all gateways, whichever they are.
    if gateway.spec.selector.is_empty() {
        return;
    }
    let passed = passed_on(view, pods);
    let selector = text_of(&gateway.spec.selector);
    for (at, server) in gateway.spec.servers.iter().enumerate() {
        let number = server.port.number;
        let path = format!("spec.servers[{at}].port.number");
        match &passed {
            Some(ports) if ports.contains(&number) => {}
            Some(_) => report.field(
                Code::GatewayPortNotDefinedOnService,
                &gateway.about,
                path,
                format!("no Service passes port {number} on to the pods {selector:?}"),
            ),
            None if is_declared(pods, number) => {}
            None => report.field(
                Code::GatewayPortNotOnWorkload,
                &gateway.about,
                path,
                format!(
                    "the pods {selector:?} have no Service, and none of their containers declares port {number}"
                ),
            ),
        }
    }
}

/// The ports by which Services reach the pods, by their own number and by that of the pods; none
/// if no Service selects them.
fn passed_on(view: &View<'_>, pods: &[&Workload<'_>]) -> Option<BTreeSet<u32>> {
    let mut ports = None::<BTreeSet<u32>>;
    for service in &view.snapshot.objects.services {
        let spec = service.spec.as_ref();
        let selector = spec.and_then(|spec| spec.selector.as_ref());
        let selects = selector.filter(|s| !s.is_empty()).is_some_and(|selector| {
            pods.iter().any(|pod| {
                pod.about.namespace == service.about.namespace && is_subset(selector, pod.labels)
            })
        });
        if !selects {
            continue;
        }
        let known = ports.get_or_insert_default();
        for port in spec
            .into_iter()
            .flat_map(|spec| spec.ports.iter().flatten())
        {
            known.extend(u32::try_from(port.port).ok());
            match &port.target_port {
                Some(IntOrString::Int(number)) => known.extend(u32::try_from(*number).ok()),
                Some(IntOrString::String(name)) => known.extend(named(pods, name)),
                None => {}
            }
        }
    }
    ports
}

/// Numbers of the container ports of this name.
fn named(pods: &[&Workload<'_>], name: &str) -> Vec<u32> {
    let ports = pods.iter().flat_map(|pod| containers(pod.spec));
    let ports = ports.flat_map(|container| container.ports.iter().flatten());
    ports
        .filter(|port| port.name.as_deref() == Some(name))
        .filter_map(|port| u32::try_from(port.container_port).ok())
        .collect()
}

fn is_declared(pods: &[&Workload<'_>], number: u32) -> bool {
    let ports = pods.iter().flat_map(|pod| containers(pod.spec));
    let mut ports = ports.flat_map(|container| container.ports.iter().flatten());
    ports.any(|port| {
        let own = u32::try_from(port.container_port);
        let host = port.host_port.map(u32::try_from);
        own == Ok(number) || host == Some(Ok(number))
    })
}
