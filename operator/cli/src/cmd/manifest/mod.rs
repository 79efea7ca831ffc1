//! `mainsheet manifest`: the Kubernetes objects that a mesh consists of.

mod diff;
mod generate;
mod versions;

pub(crate) use versions::stage;

use clap::Subcommand;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs of `manifest`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print the objects of a mesh, as the operator would apply them
    Generate(generate::Generate),
    /// Compare two manifests by what they say; exits with 1 when they differ
    Diff(diff::Diff),
    /// List the bundled versions of Istio, with the Kubernetes versions and the dates of support
    Versions(versions::Versions),
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::Generate(verb) => verb.run(printer),
            Self::Diff(verb) => verb.run(printer),
            Self::Versions(verb) => verb.run(printer),
        }
    }
}
