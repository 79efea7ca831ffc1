//! `mainsheet manifest diff`: two manifests, object by object and field by field.

mod fields;
mod objects;
mod select;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;
use objects::Objects;
use select::Pattern;

/// Compare two manifests by what they say; exits with 1 when they differ.
///
/// The order of objects, keys and named lists, empty fields and the spelling of quantities make
/// no difference. YAML and JSON inside of ConfigMaps is compared field by field too.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The one manifest: a file, a folder, or `-` for stdin
    one: PathBuf,
    /// The other manifest
    other: PathBuf,
    /// Compare only objects like this; `*` stands for anything, what is left out too
    #[arg(long, value_name = "KIND:NAMESPACE:NAME", value_delimiter = ',')]
    select: Vec<Pattern>,
    /// Leave out objects like this
    #[arg(long, value_name = "KIND:NAMESPACE:NAME", value_delimiter = ',')]
    ignore: Vec<Pattern>,
    /// How the differences are written
    #[arg(
        short,
        long,
        value_name = "text|json|yaml",
        hide_possible_values = true,
        default_value = "text"
    )]
    output: Form,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For people
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}

impl Diff {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        if self.one == self.other && self.one.as_os_str() == "-" {
            return Err(Error::Usage(
                "stdin can be read once: give a file for one of the two".to_owned(),
            ));
        }
        let (one, other) = (self.read(&self.one)?, self.read(&self.other)?);
        let differences = objects::differences(&one, &other);
        match self.output {
            Form::Text => text::print(&differences, &one, &other, printer)?,
            Form::Json => output::document(&differences, Document::Json, printer)?,
            Form::Yaml => output::document(&differences, Document::Yaml, printer)?,
        }
        Ok(if differences.is_empty() {
            Exit::Success
        } else {
            Exit::Failure
        })
    }

    fn read(&self, path: &PathBuf) -> Result<Objects, Error> {
        let mut objects = objects::read(path)?;
        objects.retain(|id, _| {
            let like = |pattern: &Pattern| pattern.is_like(id);
            (self.select.is_empty() || self.select.iter().any(like))
                && !self.ignore.iter().any(like)
        });
        Ok(objects)
    }
}
