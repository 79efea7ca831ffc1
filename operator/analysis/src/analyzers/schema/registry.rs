//! Rules of ServiceEntries and Sidecars.

use std::collections::BTreeSet;

use mainsheet_crds::istio::networking::service_entry::ServiceResolution;
use mainsheet_crds::istio::networking::{ServiceEntrySpec, SidecarSpec};

use super::Findings;

pub(super) fn service_entry(spec: &ServiceEntrySpec, findings: &mut Findings<'_>) {
    for (at, host) in spec.hosts.iter().enumerate() {
        if host == "*" {
            findings.error(format!("spec.hosts[{at}]"), "\"*\" given, allowed: a host");
        }
    }
    let mut numbers = BTreeSet::new();
    for (at, port) in spec.ports.iter().enumerate() {
        let path = format!("spec.ports[{at}].number");
        if !(1..=65_535).contains(&port.number) {
            findings.error(path, format!("{} given, allowed: 1 to 65535", port.number));
        } else if !numbers.insert(port.number) {
            findings.error(path, format!("{} is there twice", port.number));
        }
    }
    if spec.workload_selector.is_some() && !spec.endpoints.is_empty() {
        findings.error(
            "spec.endpoints",
            "workloadSelector and endpoints given, allowed: one of them",
        );
    }
    endpoints(spec, findings);
}

fn endpoints(spec: &ServiceEntrySpec, findings: &mut Findings<'_>) {
    let has_some = !spec.endpoints.is_empty();
    let is_wide = spec.hosts.iter().any(|host| host.starts_with('*'));
    match spec.resolution.unwrap_or(ServiceResolution::None) {
        ServiceResolution::None if has_some => {
            findings.error("spec.endpoints", "not allowed with resolution NONE");
        }
        ServiceResolution::Static if !has_some && spec.workload_selector.is_none() => {
            findings.error(
                "spec.endpoints",
                "resolution STATIC needs endpoints or a workloadSelector",
            );
        }
        ServiceResolution::Dns | ServiceResolution::DnsRoundRobin if is_wide && !has_some => {
            findings.error(
                "spec.endpoints",
                "a host with * cannot be asked of DNS: endpoints are needed, or resolution NONE",
            );
        }
        ServiceResolution::DnsRoundRobin if spec.endpoints.len() > 1 => {
            findings.error(
                "spec.endpoints",
                "resolution DNS_ROUND_ROBIN takes one endpoint",
            );
        }
        ServiceResolution::None
        | ServiceResolution::Static
        | ServiceResolution::Dns
        | ServiceResolution::DnsRoundRobin
        | ServiceResolution::DynamicDns => {}
    }
}

pub(super) fn sidecar(spec: &SidecarSpec, findings: &mut Findings<'_>) {
    for (i, listener) in spec.egress.iter().enumerate() {
        if listener.hosts.is_empty() {
            findings.error(format!("spec.egress[{i}].hosts"), "no hosts");
        }
        for (j, host) in listener.hosts.iter().enumerate() {
            let is_good = host
                .split_once('/')
                .is_some_and(|(namespace, name)| !namespace.is_empty() && !name.is_empty());
            if !is_good {
                findings.error(
                    format!("spec.egress[{i}].hosts[{j}]"),
                    format!("{host:?} given, allowed: namespace/host, such as ./* or prod/reviews"),
                );
            }
        }
    }
    for (i, listener) in spec.ingress.iter().enumerate() {
        if listener
            .port
            .number
            .is_none_or(|n| !(1..=65_535).contains(&n))
        {
            findings.error(
                format!("spec.ingress[{i}].port.number"),
                "missing or out of range, allowed: 1 to 65535",
            );
        }
    }
}
