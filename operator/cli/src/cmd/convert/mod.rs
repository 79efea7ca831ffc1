//! `mainsheet convert`: from an IstioOperator, or from values of Istio's Helm charts, to a
//! MeshInstallation. What cannot be said is left out, and told with its path and the reason.

mod draft;
mod gateway;
mod helm;
mod mend;
mod old;
mod operator;
mod sources;
mod tag;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::error::Error;
use crate::input::documents;
use crate::output::{self, Document};
use crate::printer::{Printer, Tone};
use draft::{Draft, Weight};
use helm::Chart;

/// Turn an IstioOperator or Helm values into a MeshInstallation.
///
/// The result goes to stdout, and what could not be said, each with its path and the reason, to
/// stderr. Exits with 0 when all was said, with 1 when something was left out, with 2 when the
/// input cannot be used.
///
/// IstioOperators of one name are merged in the order in which they are given, as istioctl does.
/// Values files are merged into one MeshInstallation, each as the values of its chart.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// File or folder with IstioOperators or values, `-` for stdin
    #[arg(short = 'f', long = "filename", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Chart that the values are of [default: guessed for each file]
    #[arg(
        long,
        value_name = "base|istiod|cni|ztunnel|gateway",
        hide_possible_values = true
    )]
    chart: Option<Chart>,
    /// Name of the MeshInstallation [default: that of the IstioOperator, or mesh]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Istio version or channel [default: what the tag of the images says]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// How it is written
    #[arg(
        short,
        long,
        value_name = "yaml|json",
        hide_possible_values = true,
        default_value = "yaml"
    )]
    output: Document,
}

impl Convert {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let drafts = sources::drafts(documents(&self.files)?, self.chart)?;
        if self.name.is_some() && drafts.len() > 1 {
            let names: Vec<&str> = drafts.iter().map(|draft| draft.name.as_str()).collect();
            return Err(Error::Usage(format!(
                "--name given, but there are {} MeshInstallations: {}; convert one at a time",
                drafts.len(),
                names.join(", ")
            )));
        }
        let mut exit = Exit::Success;
        for mut draft in drafts {
            if let Some(name) = &self.name {
                draft.name.clone_from(name);
            }
            tag::settle(&mut draft, self.version.as_deref());
            old::move_on(&mut draft);
            mend::mend(&mut draft);
            draft.tidy();
            if draft.notes.iter().any(|note| note.weight == Weight::Lost) {
                exit = Exit::Failure;
            }
            self.write(&draft, printer)?;
        }
        Ok(exit)
    }

    fn write(&self, draft: &Draft, printer: &mut Printer) -> Result<(), Error> {
        for note in &draft.notes {
            let label = match note.weight {
                Weight::Lost => printer.toned_aside(Tone::Bad, "left out:"),
                Weight::Moved => printer.toned_aside(Tone::Faint, "note:"),
            };
            let (name, path, reason) = (&draft.name, &note.path, &note.reason);
            printer.say(format_args!("{label} {name}: {path}: {reason}"));
        }
        if self.output == Document::Yaml {
            printer.data().write_all(b"---\n")?;
        }
        output::document(&installation(draft), self.output, printer)
    }
}

fn installation(draft: &Draft) -> Value {
    json!({
        "apiVersion": mainsheet_crds::meta::API_VERSION,
        "kind": "MeshInstallation",
        "metadata": {"name": draft.name},
        "spec": draft.spec,
    })
}
