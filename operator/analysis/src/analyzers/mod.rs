//! The analyzers, by theme.

mod annotations;
mod authorization;
mod conditions;
mod deprecated;
mod destination_tls;
mod destinations;
mod envoy_filters;
mod gateway_conflicts;
mod gateway_ports;
mod gateway_secrets;
mod images;
mod injection;
mod jwks;
mod jwt_routes;
mod kubernetes_gateways;
mod mtls;
mod networks;
mod port_names;
mod reach;
mod regular_expressions;
mod schema;
mod selectors;
mod service_entries;
mod services;
mod subsets;
mod telemetry;
mod user_ids;
mod virtual_service_gateways;
mod virtual_service_hosts;
mod webhooks;

pub(crate) use gateway_secrets::credentials;

use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::View;

/// One analyzer.
#[derive(Clone, Copy, Debug)]
pub struct Analyzer {
    /// Its name, as Istio names it where Istio has it.
    pub name: &'static str,
    /// What it looks for, in a line.
    pub about: &'static str,
    /// The codes that it may give.
    pub codes: &'static [Code],
    /// The kinds without which it cannot tell anything.
    pub(crate) inputs: &'static [Kind],
    pub(crate) run: fn(&View<'_>, &mut Report),
}

/// Every analyzer.
pub const ANALYZERS: &[Analyzer] = &[
    annotations::ANALYZER,
    authorization::ANALYZER,
    conditions::ANALYZER,
    deprecated::ANALYZER,
    destination_tls::ANALYZER,
    destinations::ANALYZER,
    envoy_filters::ANALYZER,
    gateway_conflicts::CERTIFICATES,
    gateway_conflicts::HOSTS,
    gateway_ports::ANALYZER,
    gateway_secrets::ANALYZER,
    images::AUTO,
    images::MISMATCH,
    injection::ANALYZER,
    jwks::ANALYZER,
    jwt_routes::ANALYZER,
    kubernetes_gateways::CRDS,
    kubernetes_gateways::SELECTORS,
    mtls::ANALYZER,
    networks::ANALYZER,
    port_names::ANALYZER,
    reach::ANALYZER,
    regular_expressions::ANALYZER,
    schema::ANALYZER,
    selectors::SIDECARS,
    selectors::TELEMETRIES,
    service_entries::ADDRESSES,
    service_entries::PROTOCOLS,
    services::ANALYZER,
    subsets::RULES,
    subsets::ROUTES,
    telemetry::ANALYZER,
    user_ids::ANALYZER,
    virtual_service_gateways::ANALYZER,
    virtual_service_hosts::ANALYZER,
    webhooks::ANALYZER,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_an_analyzer_and_every_analyzer_a_code() {
        let given: BTreeSet<Code> = ANALYZERS.iter().flat_map(|a| a.codes).copied().collect();
        let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
        assert_eq!(given, all);
        assert!(ANALYZERS.iter().all(|a| !a.codes.is_empty()));
    }

    #[test]
    fn names_of_analyzers_differ() {
        let names: BTreeSet<&str> = ANALYZERS.iter().map(|a| a.name).collect();
        assert_eq!(names.len(), ANALYZERS.len());
    }
}
