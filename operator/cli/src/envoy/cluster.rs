//! Clusters: where a proxy can send traffic.

use clap::Args;
use serde_json::Value;

use super::dump::{CLUSTERS, Dump};
use super::json::{at, text};
use super::name::{ClusterName, origin};
use super::{Resource, or_dash};
use crate::table::Cell;

const LISTS: [&str; 3] = [
    "static_clusters",
    "dynamic_active_clusters",
    "dynamic_warming_clusters",
];

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster<'a> {
    value: &'a Value,
    name: ClusterName<'a>,
}

/// Which clusters.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct ClusterFilter {
    /// Only clusters whose host contains this
    #[arg(long, value_name = "HOST")]
    pub(crate) fqdn: Option<String>,
    /// Only clusters of this direction
    #[arg(long, value_name = "inbound|outbound")]
    pub(crate) direction: Option<String>,
    /// Only clusters of this subset
    #[arg(long, value_name = "NAME")]
    pub(crate) subset: Option<String>,
    /// Only clusters of this port
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

impl<'a> Cluster<'a> {
    /// Those of a dump that pass the filter, sorted by host, subset, port and direction.
    pub(crate) fn of(dump: &'a Dump, filter: &ClusterFilter) -> Vec<Self> {
        let mut found: Vec<Self> = dump
            .resources(CLUSTERS, &LISTS, "cluster")
            .map(|value| Self {
                value,
                name: ClusterName::of(text(value, "name")),
            })
            .filter(|cluster| filter.passes(&cluster.name))
            .collect();
        found.sort_by_key(|cluster| cluster.name);
        found
    }

    /// How the endpoints are found. The first of the enum is not written.
    fn discovery(&self) -> &str {
        let custom = at(self.value, &["cluster_type", "name"]).as_str();
        match (text(self.value, "type"), custom) {
            ("", None) => "STATIC",
            ("", Some(custom)) => custom,
            (kind, _) => kind,
        }
    }
}

impl Resource for Cluster<'_> {
    const PLURAL: &'static str = "clusters";
    const HEADINGS: &'static [&'static str] = &[
        "SERVICE FQDN",
        "PORT",
        "SUBSET",
        "DIRECTION",
        "TYPE",
        "DESTINATION RULE",
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let port = self.name.port.map(|port| port.to_string());
        vec![vec![
            or_dash(self.name.host),
            or_dash(port.unwrap_or_default()),
            or_dash(self.name.subset),
            or_dash(self.name.direction),
            self.discovery().into(),
            origin(self.value).into(),
        ]]
    }

    fn value(&self) -> &Value {
        self.value
    }
}

impl ClusterFilter {
    fn passes(&self, name: &ClusterName<'_>) -> bool {
        let Self {
            fqdn,
            direction,
            subset,
            port,
        } = self;
        fqdn.as_ref().is_none_or(|fqdn| name.host.contains(fqdn))
            && direction
                .as_ref()
                .is_none_or(|direction| name.direction.eq_ignore_ascii_case(direction))
            && subset.as_ref().is_none_or(|subset| name.subset == subset)
            && port.is_none_or(|port| name.port == Some(port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_filter_counts() {
        let name = ClusterName::of("outbound|80|v1|books.shop.svc.cluster.local");
        let filter = |fqdn: &str, port| ClusterFilter {
            fqdn: Some(fqdn.to_owned()),
            direction: Some("OUTBOUND".to_owned()),
            subset: Some("v1".to_owned()),
            port: Some(port),
        };
        assert!(filter("books.shop", 80).passes(&name));
        assert!(!filter("films.shop", 80).passes(&name));
        assert!(!filter("books.shop", 81).passes(&name));
        assert!(ClusterFilter::default().passes(&name));
    }
}
