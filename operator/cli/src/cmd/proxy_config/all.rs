//! `mainsheet proxy-config all`.

use clap::Args;
use mainsheet_operator::run::now;

use super::listing::Listing;
use super::source::SourceArgs;
use crate::cli::Exit;
use crate::envoy::{
    Cluster, ClusterFilter, Dump, Endpoint, EndpointFilter, Listener, ListenerFilter, Route,
    RouteFilter, Secret, table,
};
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;
use crate::table::Table;

const ALL: &str = "config_dump?include_eds";

/// Everything at once.
///
/// As a table: clusters, listeners, routes, secrets and endpoints. As JSON or YAML: the whole
/// config dump without its private keys, which --file reads again.
#[derive(Debug, Args)]
pub(crate) struct All {
    /// How it is written
    #[arg(
        short,
        long,
        value_name = "table|json|yaml",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Listing,
    #[command(flatten)]
    source: SourceArgs,
}

impl All {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.source.read(ALL)?;
        match self.output {
            Listing::Table => print(&dump, printer)?,
            Listing::Json => output::document(dump.value(), Document::Json, printer)?,
            Listing::Yaml => output::document(dump.value(), Document::Yaml, printer)?,
        }
        Ok(Exit::Success)
    }
}

fn print(dump: &Dump, printer: &mut Printer) -> Result<(), Error> {
    let endpoints = Endpoint::of(dump, &EndpointFilter::default());
    let tables = [
        table(&Cluster::of(dump, &ClusterFilter::default())),
        table(&Listener::of(dump, &ListenerFilter::default())),
        table(&Route::of(dump, &RouteFilter::default())),
        table(&Secret::of(dump, now())),
        // A dump that was taken without them has the rest all the same.
        table(&endpoints.unwrap_or_default()),
    ];
    let shown: Vec<&Table> = tables.iter().filter(|table| !table.is_empty()).collect();
    if shown.is_empty() {
        printer.say("the config dump is empty");
    }
    for (at, table) in shown.into_iter().enumerate() {
        if at > 0 {
            output::line("", printer)?;
        }
        table.print(printer)?;
    }
    Ok(())
}
