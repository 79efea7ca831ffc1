//! The mesh's registry of services: those of Kubernetes, and those of ServiceEntries.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::resource::Resource;
use crate::snapshot::Snapshot;

/// The domain of a cluster's services.
const DOMAIN: &str = "svc.cluster.local";
/// Annotation by which a Service says who sees it.
const EXPORT_TO: &str = "networking.istio.io/exportTo";

/// A service that routes can name.
#[derive(Debug)]
pub(crate) struct Registered<'a> {
    pub(crate) about: &'a Arc<Resource>,
    /// Numbers of its ports.
    pub(crate) ports: Vec<u32>,
    /// Labels of its pods, if it has some.
    pub(crate) selector: Option<&'a BTreeMap<String, String>>,
    /// Who sees it: namespaces, or `*`.
    scopes: Vec<String>,
}

/// The services by host.
#[derive(Debug, Default)]
pub(crate) struct Hosts<'a> {
    exact: HashMap<String, Vec<Registered<'a>>>,
    /// Those whose host begins with `*`, by what follows.
    wildcards: Vec<(String, Registered<'a>)>,
}

// === impl Hosts ===

impl<'a> Hosts<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut hosts = Self::default();
        for service in &snapshot.objects.services {
            let spec = service.spec.as_ref();
            let ports = spec.and_then(|spec| spec.ports.as_ref());
            let exports = service.about.annotations.get(EXPORT_TO);
            hosts.add(
                &format!(
                    "{}.{}.{DOMAIN}",
                    service.about.name, service.about.namespace
                ),
                Registered {
                    about: &service.about,
                    ports: ports
                        .into_iter()
                        .flatten()
                        .filter_map(|port| u32::try_from(port.port).ok())
                        .collect(),
                    selector: spec.and_then(|spec| spec.selector.as_ref()),
                    scopes: scopes(
                        exports.iter().flat_map(|list| list.split(',')),
                        &service.about.namespace,
                    ),
                },
            );
        }
        for entry in &snapshot.objects.service_entries {
            for host in &entry.spec.hosts {
                let selector = entry.spec.workload_selector.as_ref();
                hosts.add(
                    host,
                    Registered {
                        about: &entry.about,
                        ports: entry.spec.ports.iter().map(|port| port.number).collect(),
                        selector: selector.map(|selector| &selector.labels),
                        scopes: scopes(
                            entry.spec.export_to.iter().map(String::as_str),
                            &entry.about.namespace,
                        ),
                    },
                );
            }
        }
        hosts
    }

    fn add(&mut self, host: &str, registered: Registered<'a>) {
        match host.strip_prefix('*') {
            Some(rest) => self.wildcards.push((rest.to_owned(), registered)),
            None => self
                .exact
                .entry(host.to_owned())
                .or_default()
                .push(registered),
        }
    }

    /// The service that a host means to an object of a namespace, if one is there that it sees.
    pub(crate) fn find(&self, namespace: &str, host: &str) -> Option<&Registered<'a>> {
        let sees = |registered: &&Registered<'_>| registered.is_seen_by(namespace);
        let mut exact = self.exact.get(&fqdn(namespace, host)).into_iter().flatten();
        let host = host.strip_prefix('*').unwrap_or(host);
        exact.find(sees).or_else(|| {
            let wildcards = self.wildcards.iter();
            wildcards
                .filter(|(suffix, _)| host.ends_with(suffix.as_str()))
                .map(|(_, registered)| registered)
                .find(sees)
        })
    }

    /// What may have been meant by a host that is not there.
    pub(crate) fn suggestion(&self, namespace: &str, host: &str) -> Option<String> {
        let short = host.trim_end_matches(".svc");
        let whole = format!("{short}.{DOMAIN}");
        if host.contains('.') && self.find(namespace, &whole).is_some() {
            return Some(whole);
        }
        let mut elsewhere: Vec<&String> = self
            .exact
            .keys()
            .filter(|known| {
                known.strip_suffix(DOMAIN).is_some()
                    && known.split('.').next() == Some(host)
                    && self.find(namespace, known).is_some()
            })
            .collect();
        elsewhere.sort();
        elsewhere.first().map(|known| (*known).clone())
    }
}

impl Registered<'_> {
    fn is_seen_by(&self, namespace: &str) -> bool {
        self.scopes
            .iter()
            .any(|scope| scope == "*" || scope == namespace)
    }
}

fn scopes<'a>(exports: impl Iterator<Item = &'a str>, own: &str) -> Vec<String> {
    let scopes: Vec<String> = exports
        .map(|scope| match scope.trim() {
            "." => own.to_owned(),
            scope => scope.to_owned(),
        })
        .collect();
    if scopes.is_empty() {
        vec!["*".to_owned()]
    } else {
        scopes
    }
}

/// A host as proxies know it: a name without dots is a service of the object's own namespace.
pub(crate) fn fqdn(namespace: &str, host: &str) -> String {
    if host.contains('.') || host.starts_with('*') {
        host.to_owned()
    } else {
        format!("{host}.{namespace}.{DOMAIN}")
    }
}

/// Whether a host is that of a Service of the cluster.
pub(crate) fn is_local(host: &str) -> bool {
    host.ends_with(DOMAIN)
}

/// Whether two hosts have a name in common, where a leading `*` stands for any beginning.
pub(crate) fn matches_host(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(a), Some(b)) => a.ends_with(b) || b.ends_with(a),
        (Some(suffix), None) => b.ends_with(suffix),
        (None, Some(suffix)) => a.ends_with(suffix),
        (None, None) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_meet_where_a_star_lets_them() {
        assert!(matches_host("*", "a.example"));
        assert!(matches_host("*.example", "a.example"));
        assert!(matches_host("*.a.example", "*.example"));
        assert!(!matches_host("*.example", "a.elsewhere"));
        assert!(!matches_host("a.example", "b.example"));
    }

    #[test]
    fn a_short_name_is_of_the_own_namespace() {
        assert_eq!(fqdn("sea", "fish"), "fish.sea.svc.cluster.local");
        assert_eq!(fqdn("sea", "fish.lake"), "fish.lake");
    }
}
