//! Endpoints: the addresses behind clusters, with their health.

use clap::Args;
use serde_json::Value;

use super::Resource;
use super::dump::{Dump, DumpError};
use super::json::{at, field, items, text};
use super::name::Address;
use crate::printer::Tone;
use crate::table::Cell;

const SECTION: &str = "EndpointsConfigDump";
const LISTS: [&str; 2] = ["static_endpoint_configs", "dynamic_endpoint_configs"];

/// An endpoint of a cluster.
#[derive(Debug)]
pub(crate) struct Endpoint<'a> {
    value: &'a Value,
    cluster: &'a str,
    address: Address,
    health: &'a str,
    ejected: bool,
}

/// Which endpoints.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct EndpointFilter {
    /// Only endpoints at this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Only endpoints at this port
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Only endpoints of the cluster of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster: Option<String>,
    /// Only endpoints in this health
    #[arg(long, value_name = "HEALTHY|UNHEALTHY|DRAINING|...")]
    pub(crate) status: Option<String>,
}

impl<'a> Endpoint<'a> {
    /// Those of a dump that pass the filter, sorted by address, port and cluster.
    pub(crate) fn of(dump: &'a Dump, filter: &EndpointFilter) -> Result<Vec<Self>, DumpError> {
        let mut found = match dump.statuses() {
            Some(clusters) => Self::of_statuses(clusters),
            None => Self::of_config(dump)?,
        };
        found.retain(|endpoint| filter.passes(endpoint));
        found.sort_by(|a, b| (&a.address, a.cluster).cmp(&(&b.address, b.cluster)));
        Ok(found)
    }

    /// As `/clusters?format=json` has them, which knows of outliers too.
    fn of_statuses(clusters: &'a [Value]) -> Vec<Self> {
        let hosts = clusters.iter().flat_map(|cluster| {
            items(cluster, "host_statuses")
                .iter()
                .map(move |host| (text(cluster, "name"), host))
        });
        let endpoint = |(cluster, host): (&'a str, &'a Value)| {
            let health = field(host, "health_status");
            Self {
                value: host,
                cluster,
                address: Address::of(field(host, "address")),
                health: health_of(health, "eds_health_status"),
                ejected: field(health, "failed_outlier_check") == &Value::Bool(true),
            }
        };
        hosts.map(endpoint).collect()
    }

    /// As a config dump has them when it was asked for endpoints.
    fn of_config(dump: &'a Dump) -> Result<Vec<Self>, DumpError> {
        if dump.sections(SECTION).next().is_none() {
            return Err(DumpError::Missing(
                "endpoints; /config_dump?include_eds has them, and /clusters?format=json",
            ));
        }
        let assignments = dump.resources(SECTION, &LISTS, "endpoint_config");
        let hosts = assignments.flat_map(|assignment| {
            items(assignment, "endpoints")
                .iter()
                .flat_map(|locality| items(locality, "lb_endpoints"))
                .map(move |host| (text(assignment, "cluster_name"), host))
        });
        let endpoint = |(cluster, host): (&'a str, &'a Value)| Self {
            value: host,
            cluster,
            address: Address::of(at(host, &["endpoint", "address"])),
            health: health_of(host, "health_status"),
            ejected: false,
        };
        Ok(hosts.map(endpoint).collect())
    }
}

/// The first of the enum is not written.
fn health_of<'a>(message: &'a Value, name: &str) -> &'a str {
    match text(message, name) {
        "" => "UNKNOWN",
        health => health,
    }
}

impl Resource for Endpoint<'_> {
    const PLURAL: &'static str = "endpoints";
    const HEADINGS: &'static [&'static str] = &["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let tone = match self.health {
            "HEALTHY" => Tone::Good,
            "UNHEALTHY" | "TIMEOUT" => Tone::Bad,
            _ => Tone::Busy,
        };
        let outlier = if self.ejected {
            Cell::toned(Tone::Bad, "FAILED")
        } else {
            "OK".into()
        };
        vec![vec![
            self.address.to_string().into(),
            Cell::toned(tone, self.health),
            outlier,
            self.cluster.into(),
        ]]
    }

    fn value(&self) -> &Value {
        self.value
    }
}

impl EndpointFilter {
    fn passes(&self, endpoint: &Endpoint<'_>) -> bool {
        let Self {
            address,
            port,
            cluster,
            status,
        } = self;
        address
            .as_ref()
            .is_none_or(|address| endpoint.address.host.eq_ignore_ascii_case(address))
            && port.is_none_or(|port| endpoint.address.port == u64::from(port))
            && cluster
                .as_ref()
                .is_none_or(|cluster| endpoint.cluster.eq_ignore_ascii_case(cluster))
            && status
                .as_ref()
                .is_none_or(|status| endpoint.health.eq_ignore_ascii_case(status))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_ejected_endpoint_says_so() {
        let dump = json!({"cluster_statuses": [{"name": "c", "host_statuses": [
            {"address": {"socket_address": {"address": "10.1.0.1", "port_value": 80}},
             "health_status": {"eds_health_status": "HEALTHY", "failed_outlier_check": true}}]}]});
        let dump = Dump::parse(&dump.to_string()).unwrap();
        let found = Endpoint::of(&dump, &EndpointFilter::default()).unwrap();
        assert!(found[0].ejected);
    }

    #[test]
    fn a_dump_without_endpoints_says_how_to_get_them() {
        let dump = Dump::parse("{\"configs\": []}").unwrap();
        let refused = Endpoint::of(&dump, &EndpointFilter::default()).unwrap_err();
        assert!(refused.to_string().contains("include_eds"), "{refused}");
    }
}
