//! What a filter chain, or a route, matches, and where a chain sends what it takes.

use serde_json::Value;

use super::json::{at, field, items, kind, number, text, texts};

/// The protocol lists that istiod uses, by the names that istioctl gives them.
const PROTOCOLS: [(&str, &[&str]); 4] = [
    (
        "HTTP TLS",
        &[
            "http/1.0",
            "http/1.1",
            "h2c",
            "istio-http/1.0",
            "istio-http/1.1",
            "istio-h2",
        ],
    ),
    (
        "Istio HTTP Plain",
        &["istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"],
    ),
    ("TCP TLS", &["istio-peer-exchange", "istio"]),
    ("HTTP", &["http/1.0", "http/1.1", "h2c"]),
];

/// Where what nothing else takes is dropped.
const BLACK_HOLE: &str = "BlackHoleCluster";

/// What a filter chain does with what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    Http,
    Tcp,
    /// Neither, or nothing.
    Other,
}

/// What a filter chain matches.
pub(super) fn chain_match(chain: &Value) -> String {
    let wanted = field(chain, "filter_chain_match");
    let mut parts = Vec::new();
    let names = texts(wanted, "server_names");
    if !names.is_empty() {
        parts.push(format!("SNI: {}", names.join(",")));
    }
    let transport = text(wanted, "transport_protocol");
    if !transport.is_empty() {
        parts.push(format!("Trans: {transport}"));
    }
    let protocols = texts(wanted, "application_protocols");
    if !protocols.is_empty() {
        let known = PROTOCOLS.iter().find(|(_, list)| *list == protocols);
        let joined = || protocols.join(",");
        let name = known.map_or_else(joined, |(name, _)| (*name).to_owned());
        parts.push(format!("App: {name}"));
    }
    parts.extend(destination_match(wanted));
    if parts.is_empty() {
        "ALL".to_owned()
    } else {
        parts.join("; ")
    }
}

fn destination_match(wanted: &Value) -> Option<String> {
    let range = |range: &Value| {
        format!(
            "{}/{}",
            text(range, "address_prefix"),
            number(range, "prefix_len")
        )
    };
    let ranges: Vec<String> = items(wanted, "prefix_ranges").iter().map(range).collect();
    let port = number(wanted, "destination_port");
    match (ranges.is_empty(), port) {
        (true, 0) => None,
        (true, port) => Some(format!("Addr: *:{port}")),
        (false, 0) => Some(format!("Addr: {}", ranges.join(","))),
        (false, port) => Some(format!("Addr: {}:{port}", ranges.join(","))),
    }
}

/// The first filter of a chain that handles HTTP or TCP. Filters are told apart by their
/// configuration, since anybody can name a filter.
fn handler(chain: &Value) -> Option<(Handling, &Value)> {
    items(chain, "filters").iter().find_map(|filter| {
        let config = field(filter, "typed_config");
        match kind(config) {
            "HttpConnectionManager" => Some((Handling::Http, config)),
            "TcpProxy" => Some((Handling::Tcp, config)),
            _ => None,
        }
    })
}

/// How a filter chain handles what it takes; what is dropped is not handled.
pub(super) fn handling(chain: &Value) -> Handling {
    match handler(chain) {
        Some((Handling::Tcp, config)) if text(config, "cluster") == BLACK_HOLE => Handling::Other,
        Some((handling, _)) => handling,
        None => Handling::Other,
    }
}

/// Where a filter chain sends what it takes.
pub(super) fn destination(chain: &Value) -> String {
    match handler(chain) {
        Some((Handling::Http, config)) => http_destination(config),
        Some((Handling::Tcp, config)) => tcp_destination(config),
        Some((Handling::Other, _)) | None => "Non-HTTP/Non-TCP".to_owned(),
    }
}

fn http_destination(config: &Value) -> String {
    let name = at(config, &["rds", "route_config_name"]).as_str();
    match (field(config, "route_config"), name) {
        (Value::Null, Some(name)) => format!("Route: {name}"),
        (Value::Null, None) => "HTTP".to_owned(),
        (inline, _) => inline_destination(inline),
    }
}

fn inline_destination(config: &Value) -> String {
    let hosts = items(config, "virtual_hosts");
    if let [host] = hosts
        && texts(host, "domains") == ["*"]
        && let [route] = items(host, "routes")
        && at(route, &["match", "prefix"]) == "/"
        && let Some(cluster) = at(route, &["route", "cluster"]).as_str()
    {
        return cluster_named(cluster);
    }
    let host = |host: &Value| {
        let routes: Vec<String> = items(host, "routes").iter().map(route_match).collect();
        let domains = texts(host, "domains");
        if domains == ["*"] {
            routes.join(", ")
        } else {
            format!("{} {}", domains.join("/"), routes.join(", "))
        }
    };
    let hosts: Vec<String> = hosts.iter().map(host).collect();
    format!("Inline Route: {}", hosts.join("; "))
}

fn tcp_destination(config: &Value) -> String {
    let weighted = items(field(config, "weighted_clusters"), "clusters");
    if weighted.is_empty() {
        return cluster_named(text(config, "cluster"));
    }
    let share =
        |cluster: &Value| format!("{} ({})", text(cluster, "name"), number(cluster, "weight"));
    let shares: Vec<String> = weighted.iter().map(share).collect();
    format!("Clusters: {}", shares.join(", "))
}

/// istiod's own clusters say in their name that they are one.
fn cluster_named(name: &str) -> String {
    if name.contains("Cluster") {
        name.to_owned()
    } else {
        format!("Cluster: {name}")
    }
}

/// Which paths a route matches; its headers are left out.
pub(super) fn route_match(route: &Value) -> String {
    let wanted = field(route, "match");
    let regex = text(field(wanted, "safe_regex"), "regex");
    let parts = [
        (text(wanted, "prefix"), "", "*"),
        (text(wanted, "path_separated_prefix"), "PathPrefix:", ""),
        (text(wanted, "path"), "", ""),
        (regex, "regex ", ""),
    ];
    let set = parts.iter().filter(|(text, _, _)| !text.is_empty());
    let set: Vec<String> = set
        .map(|(text, before, after)| format!("{before}{text}{after}"))
        .collect();
    set.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tcp(config: Value) -> Value {
        let mut config = config;
        config["@type"] = json!("type.googleapis.com/a.v3.TcpProxy");
        json!({"filters": [{"name": "any", "typed_config": config}]})
    }

    #[test]
    fn a_chain_is_described_by_what_it_matches() {
        let chain = |wanted: Value| chain_match(&json!({"filter_chain_match": wanted}));
        assert_eq!(chain(json!({})), "ALL");
        assert_eq!(chain_match(&json!({})), "ALL");
        assert_eq!(
            chain(json!({"server_names": ["a", "b"], "transport_protocol": "tls"})),
            "SNI: a,b; Trans: tls"
        );
        assert_eq!(
            chain(json!({"application_protocols": ["istio-peer-exchange", "istio"]})),
            "App: TCP TLS"
        );
        assert_eq!(chain(json!({"application_protocols": ["h3"]})), "App: h3");
        assert_eq!(chain(json!({"destination_port": 80})), "Addr: *:80");
        assert_eq!(
            chain(json!({"prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]})),
            "Addr: 10.0.0.0/8"
        );
    }

    #[test]
    fn what_is_dropped_is_not_handled_but_named() {
        let dropped = tcp(json!({"cluster": "BlackHoleCluster"}));
        assert_eq!(handling(&dropped), Handling::Other);
        assert_eq!(destination(&dropped), "BlackHoleCluster");
        assert_eq!(destination(&json!({})), "Non-HTTP/Non-TCP");
    }

    #[test]
    fn traffic_that_is_shared_shows_the_shares() {
        let shared = tcp(json!({"weighted_clusters": {"clusters": [
            {"name": "a", "weight": 90}, {"name": "b", "weight": 10}]}}));
        assert_eq!(handling(&shared), Handling::Tcp);
        assert_eq!(destination(&shared), "Clusters: a (90), b (10)");
    }
}
