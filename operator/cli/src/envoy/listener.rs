//! Listeners: what a proxy takes, by address, port and filter chain.

use clap::Args;
use serde_json::Value;

use super::dump::{Dump, LISTENERS};
use super::json::{at, field, items};
use super::matching::{Handling, chain_match, destination, handling};
use super::name::Address;
use super::{Resource, or_dash};
use crate::table::Cell;

/// A listener.
#[derive(Debug)]
pub(crate) struct Listener<'a> {
    value: &'a Value,
    addresses: Vec<Address>,
}

/// Which listeners.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct ListenerFilter {
    /// Only listeners at this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Only listeners at this port
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Only listeners of this type
    #[arg(long = "type", value_name = "HTTP|TCP|HTTP+TCP|UNKNOWN")]
    pub(crate) kind: Option<String>,
}

impl<'a> Listener<'a> {
    /// Those of a dump that pass the filter, sorted by port and address.
    pub(crate) fn of(dump: &'a Dump, filter: &ListenerFilter) -> Vec<Self> {
        let fixed = dump.resources(LISTENERS, &["static_listeners"], "listener");
        let dynamic = dump.resources(LISTENERS, &["dynamic_listeners"], "active_state");
        let mut found: Vec<Self> = fixed
            .chain(dynamic.map(|state| field(state, "listener")))
            .filter(|listener| listener.is_object())
            .map(Self::new)
            .filter(|listener| filter.passes(listener))
            .collect();
        found.sort_by(|a, b| (a.port(), &a.addresses).cmp(&(b.port(), &b.addresses)));
        found
    }

    fn new(value: &'a Value) -> Self {
        let first = std::iter::once(field(value, "address"));
        let more = items(value, "additional_addresses").iter();
        let addresses = first.chain(more.map(|more| at(more, &["address"])));
        Self {
            value,
            addresses: addresses.map(Address::of).collect(),
        }
    }

    fn port(&self) -> u64 {
        self.addresses.first().map_or(0, |address| address.port)
    }

    fn chains(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        let last = field(self.value, "default_filter_chain");
        let last = Some(last).filter(|chain| chain.is_object());
        items(self.value, "filter_chains").iter().chain(last)
    }

    fn kind(&self) -> &'static str {
        let takes = |wanted: Handling| self.chains().any(|chain| handling(chain) == wanted);
        match (takes(Handling::Http), takes(Handling::Tcp)) {
            (true, true) => "HTTP+TCP",
            (true, false) => "HTTP",
            (false, true) => "TCP",
            (false, false) => "UNKNOWN",
        }
    }
}

impl Resource for Listener<'_> {
    const PLURAL: &'static str = "listeners";
    const HEADINGS: &'static [&'static str] = &["ADDRESSES", "PORT", "MATCH", "DESTINATION"];

    fn rows(&self) -> Vec<Vec<Cell>> {
        let hosts = self.addresses.iter().map(|address| address.host.as_str());
        let hosts: Vec<&str> = hosts.collect();
        let hosts = hosts.join(",");
        let row = |chain: &Value| {
            vec![
                or_dash(hosts.as_str()),
                self.port().to_string().into(),
                chain_match(chain).into(),
                destination(chain).into(),
            ]
        };
        self.chains().map(row).collect()
    }

    fn value(&self) -> &Value {
        self.value
    }
}

impl ListenerFilter {
    fn passes(&self, listener: &Listener<'_>) -> bool {
        let Self {
            address,
            port,
            kind,
        } = self;
        let has = |wanted: &String| {
            let mut hosts = listener.addresses.iter().map(|address| &address.host);
            hosts.any(|host| host.eq_ignore_ascii_case(wanted))
        };
        address.as_ref().is_none_or(has)
            && port.is_none_or(|port| listener.port() == u64::from(port))
            && kind
                .as_ref()
                .is_none_or(|kind| listener.kind().eq_ignore_ascii_case(kind))
    }
}
