//! Where VirtualServices send traffic: hosts and ports that are there.

use mainsheet_crds::istio::networking::{Destination, VirtualServiceSpec};

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{Registered, View};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.DestinationHostAnalyzer",
    about: "Hosts and ports that VirtualServices send traffic to",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::VirtualServiceDestinationPortSelectorRequired,
        Code::IngressRouteRulesNotAffected,
    ],
    inputs: &[Kind::VirtualService, Kind::Service, Kind::ServiceEntry],
    run,
};

/// A destination and the path of the field in which it stands.
pub(super) struct Target<'a> {
    pub(super) path: String,
    pub(super) destination: &'a Destination,
    pub(super) is_mirror: bool,
}

/// Every destination of a VirtualService.
pub(super) fn targets(spec: &VirtualServiceSpec) -> Vec<Target<'_>> {
    let mut targets = Vec::new();
    let mut add = |path: String, destination, is_mirror| {
        targets.push(Target {
            path,
            destination,
            is_mirror,
        });
    };
    for (i, rule) in spec.http.iter().enumerate() {
        for (j, route) in rule.route.iter().enumerate() {
            add(
                format!("spec.http[{i}].route[{j}].destination"),
                &route.destination,
                false,
            );
        }
        if let Some(mirror) = &rule.mirror {
            add(format!("spec.http[{i}].mirror"), mirror, true);
        }
        for (j, mirror) in rule.mirrors.iter().enumerate() {
            add(
                format!("spec.http[{i}].mirrors[{j}].destination"),
                &mirror.destination,
                true,
            );
        }
    }
    let l4 = (spec.tls.iter().map(|rule| ("tls", &rule.route)).enumerate())
        .chain(spec.tcp.iter().map(|rule| ("tcp", &rule.route)).enumerate());
    for (i, (protocol, routes)) in l4 {
        for (j, route) in routes.iter().enumerate() {
            add(
                format!("spec.{protocol}[{i}].route[{j}].destination"),
                &route.destination,
                false,
            );
        }
    }
    targets
}

fn run(view: &View<'_>, report: &mut Report) {
    for service in &view.snapshot.objects.virtual_services {
        for target in targets(&service.spec) {
            reach(view, service, &target, report);
        }
        gone_past(view, service, report);
    }
}

type VirtualService = mainsheet_crds::istio::VirtualService;

fn reach(
    view: &View<'_>,
    service: &Item<VirtualService>,
    target: &Target<'_>,
    report: &mut Report,
) {
    let host = &target.destination.host;
    let namespace = &service.about.namespace;
    if host.is_empty() {
        return;
    }
    let Some(found) = view.hosts.find(namespace, host) else {
        let what = if target.is_mirror {
            "mirror host"
        } else {
            "host"
        };
        let meant = view.hosts.suggestion(namespace, host);
        let meant = meant.map_or_else(String::new, |known| format!("; did you mean {known}?"));
        report.field(
            Code::ReferencedResourceNotFound,
            &service.about,
            format!("{}.host", target.path),
            format!("{what} not found: {host:?}{meant}"),
        );
        return;
    };
    at_port(service, target, found, report);
}

fn at_port(
    service: &Item<VirtualService>,
    target: &Target<'_>,
    found: &Registered<'_>,
    report: &mut Report,
) {
    let host = &target.destination.host;
    let wanted = target
        .destination
        .port
        .as_ref()
        .and_then(|port| port.number);
    let ports: Vec<String> = found.ports.iter().map(ToString::to_string).collect();
    let ports = ports.join(", ");
    match wanted {
        None if found.ports.len() > 1 => report.field(
            Code::VirtualServiceDestinationPortSelectorRequired,
            &service.about,
            &target.path,
            format!("{host:?} has the ports {ports}: the destination must name one"),
        ),
        Some(number) if !found.ports.contains(&number) => report.field(
            Code::ReferencedResourceNotFound,
            &service.about,
            format!("{}.port.number", target.path),
            format!("host and port not found: \"{host}:{number}\"; {host:?} has: {ports}"),
        ),
        None | Some(_) => {}
    }
}

/// Traffic that comes in through a gateway is routed once: subsets that another VirtualService
/// picks for the same host in the mesh do not count for it.
fn gone_past(view: &View<'_>, service: &Item<VirtualService>, report: &mut Report) {
    let mesh = "mesh".to_owned();
    let gateways: Vec<&str> = service
        .spec
        .gateways
        .iter()
        .filter(|gateway| **gateway != mesh)
        .map(String::as_str)
        .collect();
    if gateways.is_empty() {
        return;
    }
    for target in targets(&service.spec) {
        if target.is_mirror || target.destination.subset.is_some() {
            continue;
        }
        let host = crate::view::fqdn(&service.about.namespace, &target.destination.host);
        for other in &view.snapshot.objects.virtual_services {
            let is_in_mesh = other.spec.gateways.is_empty() || other.spec.gateways.contains(&mesh);
            if other.about == service.about || !is_in_mesh || !picks_subset(other, &host) {
                continue;
            }
            report.field(
                Code::IngressRouteRulesNotAffected,
                &service.about,
                format!("{}.host", target.path),
                format!(
                    "subsets of VirtualService {} have no effect on requests that come in through {}",
                    other.about.full_name(),
                    gateways.join(", ")
                ),
            );
        }
    }
}

/// Whether a VirtualService is for a host and sends its traffic to a subset of it.
fn picks_subset(service: &Item<VirtualService>, host: &str) -> bool {
    let namespace = &service.about.namespace;
    let is_for = service
        .spec
        .hosts
        .iter()
        .any(|own| crate::view::fqdn(namespace, own) == host);
    is_for
        && targets(&service.spec).iter().any(|target| {
            target.destination.subset.is_some()
                && crate::view::fqdn(namespace, &target.destination.host) == host
        })
}
