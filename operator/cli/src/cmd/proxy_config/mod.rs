//! `mainsheet proxy-config`: what one Envoy has been told, from its admin interface or from a dump.

mod all;
mod bootstrap;
mod listing;
mod log;
mod resources;
mod source;

use clap::Subcommand;

pub(crate) use source::SourceArgs;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs of `proxy-config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Where the proxy can send traffic
    #[command(visible_aliases = ["clusters", "c"])]
    Cluster(resources::Clusters),
    /// What the proxy takes, by address, port and filter chain
    #[command(visible_aliases = ["listeners", "l"])]
    Listener(resources::Listeners),
    /// Which virtual host and cluster requests go to
    #[command(visible_aliases = ["routes", "r"])]
    Route(resources::Routes),
    /// The addresses behind the clusters, with their health
    #[command(visible_aliases = ["endpoints", "ep"])]
    Endpoint(resources::Endpoints),
    /// The certificates by which the proxy is known and those that it trusts
    #[command(visible_aliases = ["secrets", "s"])]
    Secret(resources::Secrets),
    /// The extension configurations that istiod sends apart
    Ecds(resources::Extensions),
    /// What the proxy was started with
    #[command(visible_alias = "b")]
    Bootstrap(bootstrap::Bootstrap),
    /// Everything at once
    #[command(visible_alias = "a")]
    All(all::All),
    /// Show or set the log levels of the proxy
    #[command(visible_alias = "o")]
    Log(log::Log),
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::Cluster(verb) => verb.run(printer),
            Self::Listener(verb) => verb.run(printer),
            Self::Route(verb) => verb.run(printer),
            Self::Endpoint(verb) => verb.run(printer),
            Self::Secret(verb) => verb.run(printer),
            Self::Ecds(verb) => verb.run(printer),
            Self::Bootstrap(verb) => verb.run(printer),
            Self::All(verb) => verb.run(printer),
            Self::Log(verb) => verb.run(printer),
        }
    }
}
