//! A config dump: the answer of `/config_dump`, or of `/clusters?format=json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::json::{at, field, items, kind, text};
use super::redact::redact;

pub(super) const CLUSTERS: &str = "ClustersConfigDump";
pub(super) const LISTENERS: &str = "ListenersConfigDump";
pub(super) const ROUTES: &str = "RoutesConfigDump";

/// A config dump without its private keys.
#[derive(Debug)]
pub(crate) struct Dump {
    whole: Value,
}

/// Why a text is no dump.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DumpError {
    /// The text does not parse.
    #[error("not JSON: {0}")]
    NotJson(serde_json::Error),
    /// It parses, and is something else.
    #[error(
        "no config dump: neither \"configs\" nor \"cluster_statuses\" is there; wanted is what Envoy's /config_dump answers"
    )]
    NoDump,
    /// It does not have this part.
    #[error("the config dump has no {0}")]
    Missing(&'static str),
}

/// Whether a resource is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Warming,
}

impl Dump {
    /// Reads a dump.
    pub(crate) fn parse(text: &str) -> Result<Self, DumpError> {
        let mut whole: Value = serde_json::from_str(text).map_err(DumpError::NotJson)?;
        let lists = ["configs", "cluster_statuses"];
        // Where there is nothing of what was asked for, Envoy answers an empty object.
        let is_empty = whole.as_object().is_some_and(Map::is_empty);
        if !is_empty && !lists.iter().any(|list| field(&whole, list).is_array()) {
            return Err(DumpError::NoDump);
        }
        redact(&mut whole);
        Ok(Self { whole })
    }

    /// The whole of it.
    pub(crate) fn value(&self) -> &Value {
        &self.whole
    }

    /// The bootstrap configuration.
    pub(crate) fn bootstrap(&self) -> Result<&Value, DumpError> {
        let mut found = self.sections("BootstrapConfigDump");
        found.next().ok_or(DumpError::Missing("bootstrap"))
    }

    /// What istiod calls the proxy: `NAME.NAMESPACE`, from the node's id
    /// (`sidecar~10.1.0.7~NAME.NAMESPACE~DOMAIN`).
    pub(crate) fn proxy(&self) -> Result<String, DumpError> {
        let id = at(self.bootstrap()?, &["bootstrap", "node", "id"]).as_str();
        let name = id.and_then(|id| id.split('~').nth(2));
        let name = name.filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or(DumpError::Missing("node id as istiod's proxies have"))
    }

    /// The resources that came from istiod, of each kind by name.
    pub(crate) fn dynamic(&self) -> [(&'static str, BTreeMap<&str, &Value>); 3] {
        let clusters = self.resources(CLUSTERS, &["dynamic_active_clusters"], "cluster");
        let listeners = self.resources(LISTENERS, &["dynamic_listeners"], "active_state");
        let listeners = listeners.map(|state| field(state, "listener"));
        let routes = self.resources(ROUTES, &["dynamic_route_configs"], "route_config");
        [
            ("clusters", by_name(clusters)),
            ("listeners", by_name(listeners)),
            ("routes", by_name(routes)),
        ]
    }

    /// The parts of a type.
    pub(super) fn sections(&self, wanted: &'static str) -> impl Iterator<Item = &Value> {
        items(&self.whole, "configs")
            .iter()
            .filter(move |section| kind(section) == wanted)
    }

    /// What `/clusters?format=json` lists, if this is that.
    pub(super) fn statuses(&self) -> Option<&[Value]> {
        field(&self.whole, "cluster_statuses")
            .is_array()
            .then(|| items(&self.whole, "cluster_statuses"))
    }

    /// The resources in lists of a part: each list by its name, and the field of its elements that
    /// holds the resource.
    pub(super) fn resources<'a>(
        &'a self,
        section: &'static str,
        lists: &'static [&'static str],
        resource: &'static str,
    ) -> impl Iterator<Item = &'a Value> {
        self.sections(section)
            .flat_map(move |section| lists.iter().flat_map(|list| items(section, list)))
            .map(move |entry| field(entry, resource))
            .filter(|resource| resource.is_object())
    }
}

fn by_name<'a>(resources: impl Iterator<Item = &'a Value>) -> BTreeMap<&'a str, &'a Value> {
    resources
        .map(|resource| (text(resource, "name"), resource))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_dump_is_refused() {
        assert!(matches!(Dump::parse("<html>"), Err(DumpError::NotJson(_))));
        assert!(matches!(Dump::parse("[]"), Err(DumpError::NoDump)));
        assert!(matches!(
            Dump::parse("{\"configs\": 1}"),
            Err(DumpError::NoDump)
        ));
        let empty = Dump::parse("{}").unwrap();
        assert_eq!(
            empty.bootstrap().unwrap_err().to_string(),
            "the config dump has no bootstrap"
        );
    }
}
