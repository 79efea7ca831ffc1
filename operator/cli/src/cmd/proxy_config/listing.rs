//! Resources of a proxy as a table or as documents.

use clap::ValueEnum;
use serde_json::Value;

use crate::envoy::{Resource, table};
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;

/// How resources are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Listing {
    /// For people.
    #[default]
    #[value(alias = "short")]
    Table,
    /// The whole of each, for programs.
    Json,
    /// The whole of each, for programs and people.
    Yaml,
}

impl Listing {
    /// Writes resources. None is no error, and said.
    pub(super) fn print<R: Resource>(
        self,
        resources: &[R],
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let values = || -> Vec<&Value> { resources.iter().map(Resource::value).collect() };
        match self {
            Self::Table if resources.is_empty() => {
                printer.say(format_args!("no {} match", R::PLURAL));
            }
            Self::Table => table(resources).print(printer)?,
            Self::Json => output::document(&values(), Document::Json, printer)?,
            Self::Yaml => output::document(&values(), Document::Yaml, printer)?,
        }
        Ok(())
    }
}
