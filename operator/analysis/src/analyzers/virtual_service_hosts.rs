//! Several VirtualServices for one host in the mesh: sidecars use one of them only.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_crds::istio::VirtualService;

use super::Analyzer;
use super::virtual_service_gateways::MESH;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, fqdn};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.ConflictingMeshGatewayHostsAnalyzer",
    about: "Several VirtualServices for one host in the mesh",
    codes: &[Code::ConflictingMeshGatewayVirtualServiceHosts],
    inputs: &[Kind::VirtualService],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    let mut by_host: BTreeMap<String, Vec<&Item<VirtualService>>> = BTreeMap::new();
    for service in &view.snapshot.objects.virtual_services {
        let gateways = &service.spec.gateways;
        if gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH) {
            let hosts = service.spec.hosts.iter();
            let hosts: BTreeSet<String> = hosts
                .map(|host| fqdn(&service.about.namespace, host))
                .collect();
            for host in hosts {
                by_host.entry(host).or_default().push(service);
            }
        }
    }
    for (host, services) in &by_host {
        for service in services {
            let others: Vec<String> = services
                .iter()
                .filter(|other| other.about != service.about && meet(service, other))
                .map(|other| other.about.full_name())
                .collect();
            if !others.is_empty() {
                report.field(
                    Code::ConflictingMeshGatewayVirtualServiceHosts,
                    &service.about,
                    "spec.hosts",
                    format!(
                        "{} is also for the host {host} in the mesh; sidecars use one of them only: \
                         merge them",
                        others.join(", ")
                    ),
                );
            }
        }
    }
}

/// Whether some namespace sees both.
fn meet(one: &Item<VirtualService>, other: &Item<VirtualService>) -> bool {
    let (one, other) = (scopes(one), scopes(other));
    one.contains("*") || other.contains("*") || !one.is_disjoint(&other)
}

fn scopes(service: &Item<VirtualService>) -> BTreeSet<&str> {
    let exports = &service.spec.export_to;
    if exports.is_empty() {
        return BTreeSet::from(["*"]);
    }
    let own = service.about.namespace.as_str();
    exports
        .iter()
        .map(|scope| if scope == "." { own } else { scope.as_str() })
        .collect()
}
