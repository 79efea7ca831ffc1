//! The names that istiod gives: clusters by direction, port, subset and host; the Istio resource
//! from which it made something.

use std::fmt::{self, Display};

use serde_json::Value;

use super::json::at;

/// `outbound|8080|v1|books.shop.svc.cluster.local` in its parts; another name is all host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClusterName<'a> {
    pub(super) host: &'a str,
    pub(super) subset: &'a str,
    pub(super) port: Option<u16>,
    pub(super) direction: &'a str,
}

impl<'a> ClusterName<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        // The second form is that of gateways which route by SNI.
        for separator in ["|", "_."] {
            let mut parts = name.splitn(4, separator);
            if let (Some(direction), Some(port), Some(subset), Some(host)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            {
                return Self {
                    host,
                    subset,
                    port: port.parse().ok(),
                    direction,
                };
            }
        }
        Self {
            host: name,
            ..Self::default()
        }
    }
}

/// The Istio resource that the metadata names, as `NAME.NAMESPACE`; empty where it names none.
pub(super) fn origin(message: &Value) -> String {
    let path = at(message, &["metadata", "filter_metadata", "istio", "config"]);
    let parts: Vec<&str> = path.as_str().unwrap_or_default().split('/').collect();
    match parts.as_slice() {
        [
            "",
            "apis",
            _group,
            _version,
            "namespaces",
            namespace,
            _kind,
            name,
        ] => {
            format!("{name}.{namespace}")
        }
        _ => String::new(),
    }
}

/// The address of a listener or an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u64,
}

impl Address {
    /// Reads a `core.v3.Address`.
    pub(super) fn of(message: &Value) -> Self {
        let socket = at(message, &["socket_address"]);
        let text = |path: &[&str]| at(message, path).as_str().map(str::to_owned);
        let internal = || {
            let listener = text(&["envoy_internal_address", "server_listener_name"])?;
            let endpoint = text(&["envoy_internal_address", "endpoint_id"]).unwrap_or_default();
            Some(format!("envoy://{listener}/{endpoint}"))
        };
        let host = text(&["socket_address", "address"])
            .or_else(|| text(&["pipe", "path"]).map(|path| format!("unix://{path}")))
            .or_else(internal);
        Self {
            host: host.unwrap_or_default(),
            port: super::json::number(socket, "port_value"),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.host.contains(':')) {
            (0, _) => f.write_str(&self.host),
            (port, true) => write!(f, "[{}]:{port}", self.host),
            (port, false) => write!(f, "{}:{port}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_names_of_clusters_have_four_parts_or_none() {
        let books = ClusterName {
            host: "books.shop",
            subset: "v1",
            port: Some(80),
            direction: "outbound",
        };
        assert_eq!(ClusterName::of("outbound|80|v1|books.shop"), books);
        assert_eq!(ClusterName::of("outbound_.80_.v1_.books.shop"), books);
        assert_eq!(ClusterName::of("BlackHoleCluster").host, "BlackHoleCluster");
        assert_eq!(ClusterName::of("a|b").host, "a|b");
        assert_eq!(ClusterName::of("inbound|9080||").host, "");
    }

    #[test]
    fn an_origin_is_a_name_in_a_namespace() {
        let made_from = |config: &str| {
            origin(&json!({"metadata": {"filterMetadata": {"istio": {"config": config}}}}))
        };
        assert_eq!(
            made_from("/apis/networking.istio.io/v1/namespaces/shop/virtual-service/books"),
            "books.shop"
        );
        assert_eq!(made_from("elsewhere"), "");
        assert_eq!(origin(&json!({})), "");
    }

    #[test]
    fn addresses_are_written_as_they_are_typed() {
        let written = |address: Value| Address::of(&address).to_string();
        assert_eq!(
            written(json!({"socket_address": {"address": "10.1.0.1", "port_value": 80}})),
            "10.1.0.1:80"
        );
        assert_eq!(
            written(json!({"socketAddress": {"address": "fd00::1", "portValue": 80}})),
            "[fd00::1]:80"
        );
        assert_eq!(
            written(json!({"pipe": {"path": "./agent.sock"}})),
            "unix://./agent.sock"
        );
        assert_eq!(
            written(
                json!({"envoy_internal_address": {"server_listener_name": "connect", "endpoint_id": "10.1.0.1:80"}})
            ),
            "envoy://connect/10.1.0.1:80"
        );
    }
}
