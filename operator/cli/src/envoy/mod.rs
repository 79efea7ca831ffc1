//! What Envoy's admin interface says, as rows for people. No client and no clock: texts come in,
//! and `now` where certificates are judged.

mod certificate;
mod cluster;
mod dump;
mod endpoint;
mod extension;
mod json;
mod listener;
mod matching;
mod name;
mod redact;
mod route;
mod secret;

use serde_json::Value;

use crate::table::{Cell, Table};

pub(crate) use cluster::{Cluster, ClusterFilter};
pub(crate) use dump::{Dump, DumpError};
pub(crate) use endpoint::{Endpoint, EndpointFilter};
pub(crate) use extension::Extension;
pub(crate) use listener::{Listener, ListenerFilter};
pub(crate) use route::{Route, RouteFilter};
pub(crate) use secret::Secret;

/// One resource of a proxy's configuration.
pub(crate) trait Resource {
    /// What several of them are called.
    const PLURAL: &'static str;
    /// The columns of their table.
    const HEADINGS: &'static [&'static str];

    /// Its rows in the table.
    fn rows(&self) -> Vec<Vec<Cell>>;

    /// The whole of it, as Envoy has it.
    fn value(&self) -> &Value;
}

/// The table of some resources.
pub(crate) fn table<R: Resource>(resources: &[R]) -> Table {
    let mut table = Table::new(R::HEADINGS.iter().copied());
    for row in resources.iter().flat_map(Resource::rows) {
        table.row(row);
    }
    table
}

/// A word that may be missing.
fn or_dash(text: impl Into<String>) -> Cell {
    let text = text.into();
    if text.is_empty() {
        "-".into()
    } else {
        text.into()
    }
}
