//! What several analyzers ask of a snapshot, computed once.

mod hosts;
mod labels;
mod mesh;
mod workloads;

use std::collections::BTreeSet;

pub(crate) use hosts::{Hosts, Registered, fqdn, is_local, matches_host};
pub(crate) use labels::{is_subset, selector_matches, text_of};
pub(crate) use mesh::{Mesh, config_map, of_revision, parsed};
pub(crate) use workloads::{
    DATAPLANE_MODE, INJECT, INJECTION, PROXY, Workload, Workloads, containers, is_ambient,
};

use crate::snapshot::Snapshot;

/// A snapshot, and what several analyzers ask of it.
pub(crate) struct View<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) workloads: Workloads<'a>,
    pub(crate) hosts: Hosts<'a>,
    pub(crate) mesh: Mesh,
    /// Every namespace that is there or, without a cluster, is named by an object.
    pub(crate) namespaces: BTreeSet<&'a str>,
}

impl<'a> View<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        let mut namespaces: BTreeSet<&str> = snapshot
            .objects
            .namespaces
            .iter()
            .map(|namespace| namespace.about.name.as_str())
            .collect();
        if !snapshot.is_live {
            let named = snapshot.names.values();
            namespaces.extend(named.map(|about| about.namespace.as_str()));
            namespaces.extend(["default", snapshot.istio_namespace.as_str()]);
        }
        Self {
            snapshot,
            workloads: Workloads::new(snapshot),
            hosts: Hosts::new(snapshot),
            mesh: Mesh::of(snapshot),
            namespaces,
        }
    }
}
