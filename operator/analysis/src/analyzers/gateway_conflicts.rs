//! Gateways of the same pods that are in each other's way.

use std::collections::BTreeMap;

use mainsheet_crds::istio::Gateway;
use mainsheet_crds::istio::networking::ServerTlsSettings;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, is_subset, text_of};

pub(super) const HOSTS: Analyzer = Analyzer {
    name: "gateway.ConflictingGatewayAnalyzer",
    about: "Gateways of the same pods that claim one host on one port",
    codes: &[Code::ConflictingGateways],
    inputs: &[Kind::Gateway, Kind::Pod],
    run: hosts,
};

pub(super) const CERTIFICATES: Analyzer = Analyzer {
    name: "gateway.CertificateAnalyzer",
    about: "One certificate in several Gateways of the same pods",
    codes: &[Code::GatewayDuplicateCertificate],
    inputs: &[Kind::Gateway],
    run: certificates,
};

/// Pairs of Gateways that are for the same pods, each pair both ways.
fn pairs<'a>(view: &'a View<'_>) -> impl Iterator<Item = (&'a Item<Gateway>, &'a Item<Gateway>)> {
    let gateways = &view.snapshot.objects.gateways;
    let mut known: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (at, one) in gateways.iter().enumerate() {
        for other in &gateways[at + 1..] {
            let key = (text_of(&one.spec.selector), text_of(&other.spec.selector));
            let share = *known
                .entry(key)
                .or_insert_with(|| share_pods(view, one, other));
            if share {
                pairs.extend([(one, other), (other, one)]);
            }
        }
    }
    pairs.into_iter()
}

fn share_pods(view: &View<'_>, one: &Gateway, other: &Gateway) -> bool {
    let (one, other) = (&one.spec.selector, &other.spec.selector);
    one == other || (view.workloads.selected_anywhere(one)).any(|pod| is_subset(other, pod.labels))
}

fn hosts(view: &View<'_>, report: &mut Report) {
    for (one, other) in pairs(view) {
        for (at, server) in one.spec.servers.iter().enumerate() {
            let claims = |host: &str| {
                other.spec.servers.iter().any(|theirs| {
                    theirs.port.number == server.port.number
                        && theirs.bind == server.bind
                        && theirs.hosts.iter().any(|known| {
                            bare(known, &other.about.namespace) == bare(host, &one.about.namespace)
                        })
                })
            };
            let shared: Vec<&str> = server
                .hosts
                .iter()
                .map(String::as_str)
                .filter(|host| claims(host))
                .collect();
            if !shared.is_empty() {
                report.field(
                    Code::ConflictingGateways,
                    &one.about,
                    format!("spec.servers[{at}].hosts"),
                    format!(
                        "{} claims the same hosts on port {} of the pods {:?}: {}",
                        other.about.full_name(),
                        server.port.number,
                        text_of(&one.spec.selector),
                        shared.join(", ")
                    ),
                );
            }
        }
    }
}

/// A host with the namespace whose VirtualServices may use it; `*` where any may.
fn bare<'a>(host: &'a str, own: &'a str) -> (&'a str, &'a str) {
    match host.split_once('/') {
        None => ("*", host),
        Some((".", host)) => (own, host),
        Some((namespace, host)) => (namespace, host),
    }
}

fn certificates(view: &View<'_>, report: &mut Report) {
    for (one, other) in pairs(view) {
        // Certificates of different ports are never mixed up.
        for (at, server) in one.spec.servers.iter().enumerate() {
            let Some(tls) = &server.tls else { continue };
            let is_shared = other.spec.servers.iter().any(|theirs| {
                theirs.port.number == server.port.number
                    && theirs
                        .tls
                        .as_ref()
                        .is_some_and(|theirs| is_same(tls, theirs))
            });
            if is_shared {
                report.field(
                    Code::GatewayDuplicateCertificate,
                    &one.about,
                    format!("spec.servers[{at}].tls"),
                    format!(
                        "{} has the same certificate on port {}: a client that reuses an HTTP/2 connection gets 404; \
                         put the hosts into one Gateway",
                        other.about.full_name(),
                        server.port.number
                    ),
                );
            }
        }
    }
}

fn is_same(one: &ServerTlsSettings, other: &ServerTlsSettings) -> bool {
    match (&one.credential_name, &other.credential_name) {
        (Some(one), Some(other)) => one == other,
        (None, None) => {
            one.server_certificate.is_some()
                && one.private_key.is_some()
                && one.server_certificate == other.server_certificate
                && one.private_key == other.private_key
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}
