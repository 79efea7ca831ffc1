//! Rules of VirtualServices.

use mainsheet_crds::istio::networking::VirtualServiceSpec;

use super::{Findings, http};
use crate::analyzers::destinations::targets;
use crate::analyzers::virtual_service_gateways::MESH;
use crate::view::matches_host;

pub(super) fn check(spec: &VirtualServiceSpec, findings: &mut Findings<'_>) {
    if spec.http.is_empty() && spec.tls.is_empty() && spec.tcp.is_empty() {
        findings.error("spec", "no rules: http, tls or tcp is needed");
    }
    hosts(spec, findings);
    if spec.hosts.is_empty() {
        delegate(spec, findings);
    }
    for (at, gateway) in spec.gateways.iter().enumerate() {
        let parts: Vec<&str> = gateway.split('/').collect();
        if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
            findings.error(
                format!("spec.gateways[{at}]"),
                format!("{gateway:?} given, allowed: name or namespace/name"),
            );
        }
    }
    for (at, rule) in spec.http.iter().enumerate() {
        http::check(
            rule,
            spec.hosts.is_empty(),
            &format!("spec.http[{at}]"),
            findings,
        );
    }
    for (at, rule) in spec.tls.iter().enumerate() {
        let path = format!("spec.tls[{at}]");
        if rule.match_.is_empty() {
            findings.error(
                &path,
                "no match: TLS is routed by the names that are asked for",
            );
        }
        for (index, one) in rule.match_.iter().enumerate() {
            if one.sni_hosts.is_empty() {
                findings.error(
                    format!("{path}.match[{index}].sniHosts"),
                    "missing, but required",
                );
            }
        }
        routes(
            rule.route.len(),
            rule.route.iter().map(|r| r.weight),
            &path,
            findings,
        );
    }
    for (at, rule) in spec.tcp.iter().enumerate() {
        let path = format!("spec.tcp[{at}]");
        routes(
            rule.route.len(),
            rule.route.iter().map(|r| r.weight),
            &path,
            findings,
        );
    }
    for target in targets(spec) {
        if target.destination.host.is_empty() {
            findings.error(format!("{}.host", target.path), "empty, but required");
        } else if target.destination.host == "*" {
            findings.error(
                format!("{}.host", target.path),
                "\"*\" given, allowed: a host",
            );
        }
    }
}

fn hosts(spec: &VirtualServiceSpec, findings: &mut Findings<'_>) {
    let is_in_mesh = spec.gateways.is_empty() || spec.gateways.iter().any(|one| one == MESH);
    for (at, host) in spec.hosts.iter().enumerate() {
        let path = format!("spec.hosts[{at}]");
        if host.is_empty() {
            findings.error(path, "empty, allowed: a host");
        } else if host == "*" && is_in_mesh {
            findings.error(path, "\"*\" is for gateways only, not for the mesh");
        } else if host.trim_start_matches('*').contains('*') {
            findings.error(
                path,
                format!("{host:?} given, allowed: * at the beginning only"),
            );
        } else if let Some(before) = spec.hosts[..at].iter().find(|one| matches_host(one, host)) {
            findings.error(path, format!("{host:?} is one of {before:?} already"));
        }
    }
}

/// A VirtualService that another sends to.
fn delegate(spec: &VirtualServiceSpec, findings: &mut Findings<'_>) {
    let text = "not allowed without hosts: other VirtualServices delegate to this one";
    for (path, is_set) in [
        ("spec.gateways", !spec.gateways.is_empty()),
        ("spec.tls", !spec.tls.is_empty()),
        ("spec.tcp", !spec.tcp.is_empty()),
    ] {
        if is_set {
            findings.error(path, text);
        }
    }
}

/// Routes with their weights.
pub(super) fn routes(
    count: usize,
    weights: impl Iterator<Item = Option<i32>>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if count == 0 {
        findings.error(format!("{path}.route"), "no destinations");
        return;
    }
    let mut total: i64 = 0;
    for (index, weight) in weights.enumerate() {
        let weight = weight.unwrap_or_default();
        if weight < 0 {
            findings.error(
                format!("{path}.route[{index}].weight"),
                format!("{weight} given, allowed: 0 and more"),
            );
        }
        total += i64::from(weight);
    }
    if count > 1 && total == 0 {
        findings.error(
            format!("{path}.route"),
            "several destinations, but no weights",
        );
    }
}
