//! Routes: which virtual host and cluster a request goes to.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::Value;

use super::dump::{Dump, ROUTES};
use super::json::{at, items, text, texts};
use super::matching::route_match;
use super::name::origin;
use super::{Resource, or_dash};
use crate::table::Cell;

const LISTS: [&str; 2] = ["static_route_configs", "dynamic_route_configs"];

/// Where what no service owns is let through; istioctl leaves such routes out, too.
const PASSTHROUGH: &str = "PassthroughCluster";

/// How many domains of a virtual host are shown.
const DOMAINS: usize = 2;

/// A route configuration.
#[derive(Debug)]
pub(crate) struct Route<'a>(&'a Value);

/// Which routes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct RouteFilter {
    /// Only the route configuration of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

impl<'a> Route<'a> {
    /// Those of a dump that pass the filter, sorted by name; numbers by their value.
    pub(crate) fn of(dump: &'a Dump, filter: &RouteFilter) -> Vec<Self> {
        let named = |route: &&Value| {
            filter
                .name
                .as_ref()
                .is_none_or(|name| text(route, "name") == name)
        };
        let found = dump.resources(ROUTES, &LISTS, "route_config");
        let mut found: Vec<Self> = found.filter(named).map(Self).collect();
        found.sort_by_key(|route| {
            let name = text(route.0, "name");
            (name.parse().unwrap_or(u64::MAX), name)
        });
        found
    }

    fn row(&self, host: &Value, wanted: String, origin: String) -> Vec<Cell> {
        vec![
            or_dash(text(self.0, "name")),
            text(host, "name").into(),
            domains(&texts(host, "domains")).into(),
            wanted.into(),
            origin.into(),
        ]
    }
}

impl Resource for Route<'_> {
    const PLURAL: &'static str = "routes";
    const HEADINGS: &'static [&'static str] =
        &["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for host in items(self.0, "virtual_hosts") {
            let routes = items(host, "routes");
            if routes.is_empty() {
                rows.push(self.row(host, "/*".to_owned(), "404".to_owned()));
            }
            for route in routes {
                if at(route, &["route", "cluster"]) != PASSTHROUGH {
                    rows.push(self.row(host, route_match(route), origin(route)));
                }
            }
        }
        rows
    }

    fn value(&self) -> &Value {
        self.0
    }
}

/// The domains that say the most: those without port, of a service the shortest form.
fn domains(all: &[&str]) -> String {
    if let [only] = all {
        return (*only).to_owned();
    }
    let known: BTreeSet<&str> = all.iter().copied().collect();
    let has_port = |domain: &str| match domain.strip_prefix('[') {
        Some(v6) => !v6.ends_with(']'),
        None => domain.contains(':'),
    };
    let is_longer_form = |domain: &str| {
        [".svc.cluster.local", ".svc"]
            .into_iter()
            .filter_map(|ending| domain.strip_suffix(ending))
            .any(|short| known.contains(short))
    };
    let shown = all
        .iter()
        .filter(|domain| !has_port(domain) && !is_longer_form(domain));
    let shown: Vec<&str> = shown.copied().collect();
    match shown.get(DOMAINS..) {
        None | Some([]) => shown.join(", "),
        Some(more) => format!("{} + {} more...", shown[..DOMAINS].join(", "), more.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_domains_the_shortest_are_shown() {
        assert_eq!(domains(&["*"]), "*");
        assert_eq!(domains(&["a:80"]), "a:80");
        assert_eq!(domains(&[]), "");
        assert_eq!(
            domains(&[
                "books",
                "books:80",
                "books.shop",
                "books.shop.svc",
                "books.shop.svc.cluster.local"
            ]),
            "books, books.shop"
        );
        assert_eq!(
            domains(&["books.shop", "[fd00::1]", "[fd00::1]:80", "10.96.0.9", "x"]),
            "books.shop, [fd00::1] + 2 more..."
        );
    }
}
