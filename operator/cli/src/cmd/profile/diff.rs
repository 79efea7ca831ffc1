//! `mainsheet profile diff`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::flags;
use crate::cli::Exit;
use crate::error::Error;
use crate::output;
use crate::printer::{Printer, Tone};

/// Compare two profiles or files with all their values; exits with 1 when they differ.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The one profile, or a file with a MeshInstallation
    one: String,
    /// The other profile, or a file with a MeshInstallation, `-` for stdin
    other: String,
    /// Istio version or channel of both [default: the newest that is no preview]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Istio version or channel of the other, when it is not that of both
    #[arg(long, value_name = "VERSION")]
    other_version: Option<String>,
}

impl Diff {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let version = self.version.as_deref();
        let one = fields(&self.one, version)?;
        let other = fields(&self.other, self.other_version.as_deref().or(version))?;
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let mut exit = Exit::Success;
        for path in paths {
            let (before, after) = (one.get(path), other.get(path));
            if before == after {
                continue;
            }
            exit = Exit::Failure;
            for (sign, tone, value) in [("-", Tone::Bad, before), ("+", Tone::Good, after)] {
                if let Some(value) = value {
                    let line = printer.toned(tone, format_args!("{sign} {path}={value}"));
                    output::line(&line, printer)?;
                }
            }
        }
        Ok(exit)
    }
}

fn fields(name: &str, version: Option<&str>) -> Result<BTreeMap<String, String>, Error> {
    let whole = super::dumped(name, version)?;
    Ok(flags::flatten("", &whole["spec"]).into_iter().collect())
}
