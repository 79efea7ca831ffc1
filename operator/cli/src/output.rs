//! Data in the forms that programs read.

use std::io::Write;

use clap::ValueEnum;
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
        Document::Yaml => printer.data().write_all(yaml(value)?.as_bytes())?,
        Document::Json => {
            serde_json::to_writer_pretty(printer.data(), value).map_err(serialise_json)?;
            printer.data().write_all(b"\n")?;
        }
    }
    Ok(())
}

/// Writes one line.
pub(crate) fn line(text: &str, printer: &mut Printer) -> Result<(), Error> {
    Ok(writeln!(printer.data(), "{text}")?)
}

/// The value as YAML that every reader, also one of YAML 1.1, reads back as the same value.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String, Error> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(value, options)
        .map_err(|error| Error::Serialise(Box::new(error)))
}

/// A failed write keeps its cause: a pipe that broke is no error.
fn serialise_json(error: serde_json::Error) -> Error {
    match error.io_error_kind() {
        Some(kind) => Error::Output(kind.into()),
        None => Error::Serialise(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn text_stays_text_and_shape_stays_shape() {
        let long = "word ".repeat(60);
        for text in [
            "1.30",
            "true",
            "no",
            "null",
            "~",
            "0x1f",
            "1e3",
            "",
            " lead",
            "a: b",
            "- a",
            "'",
            "\"",
            "two\nlines\n",
            "\n\n",
            "trail \nx",
            "{{ x }}",
            "#",
            "2026-01-01",
            "\t",
            "\u{1}",
            &long,
        ] {
            let value = json!({"key": text, "list": [text, {"deep": text}], text: 1});
            let written = yaml(&value).unwrap();
            let read: Value = serde_saphyr::from_str(&written).unwrap();
            assert_eq!(read, value, "{written}");
        }
    }
}
