//! `mainsheet profile dump`.

use clap::{Args, ValueEnum};
use mainsheet_profiles::merge::at;
use serde_json::Value;

use super::flags;
use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;

/// Print a profile, or a MeshInstallation in a file, with all its values.
#[derive(Debug, Args)]
pub(crate) struct Dump {
    /// The profile, or a file with a MeshInstallation, `-` for stdin
    #[arg(default_value = "default")]
    name: String,
    /// Print only what stands at this path of the spec, such as values.global.proxy
    #[arg(short = 'p', long, value_name = "PATH")]
    config_path: Option<String>,
    /// Istio version or channel [default: the newest that is no preview]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// How it is written
    #[arg(
        short,
        long,
        value_name = "yaml|json|flags",
        hide_possible_values = true,
        default_value = "yaml"
    )]
    output: Form,
}

/// How a profile is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// A document
    Yaml,
    /// A document
    Json,
    /// Lines that --set takes
    Flags,
}

impl Dump {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let whole = super::dumped(&self.name, self.version.as_deref())?;
        let spec = &whole["spec"];
        let (part, path) = match self.path() {
            None => (&whole, ""),
            Some(path) => (self.part(spec, path)?, path),
        };
        match self.output {
            Form::Yaml => output::document(part, Document::Yaml, printer)?,
            Form::Json => output::document(part, Document::Json, printer)?,
            Form::Flags => {
                let part = if path.is_empty() { spec } else { part };
                for (path, value) in flags::flatten(path, part) {
                    output::line(&format!("{path}={value}"), printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }

    fn path(&self) -> Option<&str> {
        let path = self.config_path.as_deref()?;
        Some(path.strip_prefix("spec.").unwrap_or(path))
    }

    fn part<'a>(&self, spec: &'a Value, path: &str) -> Result<&'a Value, Error> {
        at(spec, path)
            .ok_or_else(|| Error::Usage(format!("profile {} has nothing at {path}", self.name)))
    }
}
