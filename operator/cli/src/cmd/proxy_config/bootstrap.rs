//! `mainsheet proxy-config bootstrap`.

use clap::Args;

use super::source::SourceArgs;
use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;

const BOOTSTRAP: &str = "config_dump?mask=bootstrap";

/// What the proxy was started with.
#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// How it is written
    #[arg(
        short,
        long,
        value_name = "json|yaml",
        hide_possible_values = true,
        default_value = "json"
    )]
    output: Document,
    #[command(flatten)]
    source: SourceArgs,
}

impl Bootstrap {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let dump = self.source.read(BOOTSTRAP)?;
        let bootstrap = dump
            .bootstrap()
            .map_err(|error| self.source.unusable(&error))?;
        output::document(bootstrap, self.output, printer)?;
        Ok(Exit::Success)
    }
}
