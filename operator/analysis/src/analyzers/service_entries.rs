//! ServiceEntries: addresses that TCP needs, and protocols that contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_crds::istio::ServiceEntry;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::View;

pub(super) const ADDRESSES: Analyzer = Analyzer {
    name: "serviceentry.Analyzer",
    about: "TCP ports of ServiceEntries without an address",
    codes: &[Code::ServiceEntryAddressesRequired],
    inputs: &[Kind::ServiceEntry, Kind::ConfigMap],
    run: addresses,
};

pub(super) const PROTOCOLS: Analyzer = Analyzer {
    name: "serviceentry.ConflictingServiceEntryProtocolAnalyzer",
    about: "ServiceEntries that give one host and port different protocols",
    codes: &[Code::ConflictingServiceEntryProtocol],
    inputs: &[Kind::ServiceEntry],
    run: protocols,
};

fn addresses(view: &View<'_>, report: &mut Report) {
    if allocates(view) {
        return;
    }
    for entry in &view.snapshot.objects.service_entries {
        let allocated = entry.status.as_ref().and_then(|s| s.other.get("addresses"));
        let is_allocated = allocated
            .and_then(|addresses| addresses.as_array())
            .is_some_and(|addresses| !addresses.is_empty());
        if !entry.spec.addresses.is_empty() || is_allocated {
            continue;
        }
        for (at, port) in entry.spec.ports.iter().enumerate() {
            let protocol = port.protocol.as_deref().unwrap_or_default();
            if protocol.is_empty() || protocol.eq_ignore_ascii_case("TCP") {
                report.field(
                    Code::ServiceEntryAddressesRequired,
                    &entry.about,
                    format!("spec.ports[{at}]"),
                    format!(
                        "port {} is TCP, which has no host to tell it by: without spec.addresses it catches all \
                         traffic on this port",
                        port.number
                    ),
                );
            }
        }
    }
}

/// Whether proxies give every host an address of its own.
fn allocates(view: &View<'_>) -> bool {
    let Some(config) = &view.mesh.config else {
        return false;
    };
    let proxy = &config["defaultConfig"]["proxyMetadata"];
    let is_on = |key: &str| proxy[key] == "true" || proxy[key] == true;
    is_on("ISTIO_META_DNS_CAPTURE") && is_on("ISTIO_META_DNS_AUTO_ALLOCATE")
}

fn protocols(view: &View<'_>, report: &mut Report) {
    type Entries<'a> = Vec<(&'a Item<ServiceEntry>, usize, String)>;
    let mut known: BTreeMap<(&str, u32), Entries<'_>> = BTreeMap::new();
    for entry in &view.snapshot.objects.service_entries {
        for (at, port) in entry.spec.ports.iter().enumerate() {
            let protocol = port.protocol.as_deref().filter(|text| !text.is_empty());
            let protocol = protocol.unwrap_or("TCP").to_uppercase();
            for host in &entry.spec.hosts {
                let entries = known.entry((host, port.number)).or_default();
                entries.push((entry, at, protocol.clone()));
            }
        }
    }
    for ((host, number), entries) in known {
        for (entry, at, protocol) in &entries {
            let others: BTreeSet<String> = entries
                .iter()
                .filter(|(other, _, theirs)| theirs != protocol && meet(entry, other))
                .map(|(other, _, theirs)| format!("{theirs} in {}", other.about.full_name()))
                .collect();
            if !others.is_empty() {
                let others: Vec<String> = others.into_iter().collect();
                report.field(
                    Code::ConflictingServiceEntryProtocol,
                    &entry.about,
                    format!("spec.ports[{at}].protocol"),
                    format!(
                        "port {number} of {host} is {protocol} here, but {}",
                        others.join(", ")
                    ),
                );
            }
        }
    }
}

/// Whether some namespace sees both.
fn meet(one: &Item<ServiceEntry>, other: &Item<ServiceEntry>) -> bool {
    let (one, other) = (scopes(one), scopes(other));
    one.contains("*") || other.contains("*") || !one.is_disjoint(&other)
}

fn scopes(entry: &Item<ServiceEntry>) -> BTreeSet<&str> {
    if entry.spec.export_to.is_empty() {
        return BTreeSet::from(["*"]);
    }
    let own = entry.about.namespace.as_str();
    let scopes = entry.spec.export_to.iter().map(String::as_str);
    scopes
        .map(|scope| if scope == "." { own } else { scope })
        .collect()
}
