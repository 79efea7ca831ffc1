//! Data in the forms that programs read.

use std::io::Write;

use clap::ValueEnum;
use mainsheet_manifests::to_yaml;
use serde::Serialize;

use crate::error::Error;
use crate::printer::Printer;

/// How a list or a state is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For people with wide screens.
    Wide,
    /// For programs.
    Json,
    /// For programs and people.
    Yaml,
    /// Names only, a line each, as kubectl takes them.
    Name,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Document {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

/// Writes a value as one document.
pub(crate) fn document(
    value: &impl Serialize,
    form: Document,
    printer: &mut Printer,
) -> Result<(), Error> {
    match form {
        Document::Yaml => {
            let value = serde_json::to_value(value).map_err(serialise)?;
            printer.data().write_all(to_yaml(&value).as_bytes())?;
        }
        Document::Json => {
            serde_json::to_writer_pretty(printer.data(), value).map_err(serialise)?;
            printer.data().write_all(b"\n")?;
        }
    }
    Ok(())
}

/// Writes one line.
pub(crate) fn line(text: &str, printer: &mut Printer) -> Result<(), Error> {
    Ok(writeln!(printer.data(), "{text}")?)
}

/// What it means that JSON could not be written. A failed write keeps its cause: a pipe that
/// broke is no error.
pub(crate) fn serialise(error: serde_json::Error) -> Error {
    match error.io_error_kind() {
        Some(kind) => Error::Output(kind.into()),
        None => Error::Serialise(Box::new(error)),
    }
}
