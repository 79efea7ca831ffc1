//! Routes by claims of a token: somebody must check the token before.

use mainsheet_crds::istio::VirtualService;

use super::Analyzer;
use super::virtual_service_gateways::{MESH, split};
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, Workload, is_subset, text_of};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.JWTClaimRouteAnalyzer",
    about: "Routes by claims of tokens that nothing checks",
    codes: &[Code::JwtClaimBasedRoutingWithoutRequestAuthN],
    inputs: &[
        Kind::VirtualService,
        Kind::RequestAuthentication,
        Kind::Gateway,
        Kind::Pod,
    ],
    run,
};

/// What the name of a header begins with that stands for a claim.
const CLAIM: &str = "@request.auth.claims";

fn run(view: &View<'_>, report: &mut Report) {
    for service in &view.snapshot.objects.virtual_services {
        let Some((path, claim)) = claim(service) else {
            continue;
        };
        for reference in service.spec.gateways.iter().filter(|name| *name != MESH) {
            let (namespace, name) = split(&service.about.namespace, reference);
            let mut gateways = view.snapshot.objects.gateways.iter();
            let gateway =
                gateways.find(|one| one.about.namespace == namespace && one.about.name == name);
            // That there is none is said elsewhere.
            let Some(gateway) = gateway else { continue };
            let mut pods = view.workloads.selected_anywhere(&gateway.spec.selector);
            if pods.any(|pod| !is_checked(view, pod)) {
                report.field(
                    Code::JwtClaimBasedRoutingWithoutRequestAuthN,
                    &service.about,
                    path.clone(),
                    format!(
                        "the route asks for the claim {claim:?}, but no RequestAuthentication checks tokens at the pods \
                         {:?} of gateway {reference}",
                        text_of(&gateway.spec.selector)
                    ),
                );
            }
        }
    }
}

fn is_checked(view: &View<'_>, pod: &Workload<'_>) -> bool {
    view.snapshot
        .objects
        .request_authentications
        .iter()
        .any(|policy| {
            let namespace = &policy.about.namespace;
            let labels = policy.spec.selector.as_ref().map(|s| &s.match_labels);
            (*namespace == pod.about.namespace || *namespace == view.mesh.root_namespace)
                && labels.is_none_or(|labels| is_subset(labels, pod.labels))
        })
}

/// The first claim that a VirtualService routes by, with its path.
fn claim(service: &Item<VirtualService>) -> Option<(String, &str)> {
    let rules = service.spec.http.iter().enumerate();
    let mut matches = rules.flat_map(|(i, rule)| {
        rule.match_
            .iter()
            .enumerate()
            .map(move |(j, one)| (i, j, one))
    });
    matches.find_map(|(i, j, one)| {
        let mut names = one.headers.keys().chain(one.without_headers.keys());
        let name = names.find(|name| name.starts_with(CLAIM))?;
        Some((format!("spec.http[{i}].match[{j}]"), name.as_str()))
    })
}
