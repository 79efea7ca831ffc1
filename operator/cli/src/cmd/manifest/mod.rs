//! `mainsheet manifest`: the Kubernetes objects that a mesh consists of.

mod generate;

use clap::Subcommand;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs of `manifest`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print the objects of a mesh, as the operator would apply them
    Generate(generate::Generate),
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::Generate(verb) => verb.run(printer),
        }
    }
}
