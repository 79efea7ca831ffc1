//! `mainsheet operator`: the operator itself.

mod manifests;

use clap::Subcommand;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs of `operator`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print what installs the operator: CRDs, permissions, Deployment
    Manifests(manifests::Manifests),
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::Manifests(verb) => verb.run(printer),
        }
    }
}
