//! The verbs that list one kind of resource. They differ in what they ask for and in their filters.

use clap::Args;
use mainsheet_operator::run::now;

use super::listing::Listing;
use super::source::SourceArgs;
use crate::cli::Exit;
use crate::envoy::{
    Cluster, ClusterFilter, Endpoint, EndpointFilter, Extension, Listener, ListenerFilter,
    Resource, Route, RouteFilter, Secret,
};
use crate::error::Error;
use crate::printer::Printer;

const CLUSTERS: &str =
    "config_dump?mask=dynamic_active_clusters,dynamic_warming_clusters,static_clusters";
const LISTENERS: &str = "config_dump?mask=dynamic_listeners,static_listeners";
const ROUTES: &str = "config_dump?mask=dynamic_route_configs,static_route_configs";
const SECRETS: &str =
    "config_dump?mask=dynamic_active_secrets,dynamic_warming_secrets,static_secrets";
/// The whole: where there are none, Envoy refuses a mask that names them.
const EXTENSIONS: &str = "config_dump";
/// Not a config dump: only this one knows of outliers.
const ENDPOINTS: &str = "clusters?format=json";

/// Where from and how.
#[derive(Debug, Args)]
struct Common {
    /// How the resources are written
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

/// Where the proxy can send traffic.
#[derive(Debug, Args)]
pub(crate) struct Clusters {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: ClusterFilter,
}

/// What the proxy takes, by address, port and filter chain.
#[derive(Debug, Args)]
pub(crate) struct Listeners {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: ListenerFilter,
}

/// Which virtual host and cluster requests go to.
#[derive(Debug, Args)]
pub(crate) struct Routes {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: RouteFilter,
}

/// The addresses behind the clusters, with their health.
///
/// A config dump has them only if it was taken from /config_dump?include_eds; the answer of
/// /clusters?format=json can be read, too.
#[derive(Debug, Args)]
pub(crate) struct Endpoints {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: EndpointFilter,
}

/// The certificates by which the proxy is known and those that it trusts.
///
/// Each certificate of a chain is a line. Private keys are not shown, whatever the format.
#[derive(Debug, Args)]
pub(crate) struct Secrets {
    #[command(flatten)]
    common: Common,
}

/// The extension configurations that istiod sends apart.
#[derive(Debug, Args)]
pub(crate) struct Extensions {
    #[command(flatten)]
    common: Common,
}

impl Common {
    fn print<R: Resource>(&self, found: &[R], printer: &mut Printer) -> Result<Exit, Error> {
        self.output.print(found, printer)?;
        Ok(Exit::Success)
    }
}

impl Clusters {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.common.source.read(CLUSTERS)?;
        self.common
            .print(&Cluster::of(&dump, &self.filter), printer)
    }
}

impl Listeners {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.common.source.read(LISTENERS)?;
        self.common
            .print(&Listener::of(&dump, &self.filter), printer)
    }
}

impl Routes {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.common.source.read(ROUTES)?;
        self.common.print(&Route::of(&dump, &self.filter), printer)
    }
}

impl Endpoints {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let source = &self.common.source;
        let dump = source.read(ENDPOINTS)?;
        let found = Endpoint::of(&dump, &self.filter).map_err(|error| source.unusable(&error))?;
        self.common.print(&found, printer)
    }
}

impl Secrets {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.common.source.read(SECRETS)?;
        self.common.print(&Secret::of(&dump, now()), printer)
    }
}

impl Extensions {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.common.source.read(EXTENSIONS)?;
        self.common.print(&Extension::of(&dump), printer)
    }
}
