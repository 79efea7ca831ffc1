//! `mainsheet verify-install`: every object of a mesh, whether it is there, as wanted, and ready.

mod judge;
mod wanted;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use mainsheet_core::plan::Inventory;
use serde::Serialize;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, block_on};
use crate::error::Error;
use crate::input::documents;
use crate::mesh::preview;
use crate::output::{self, Document, Format};
use crate::printer::{Printer, Tone};
use judge::{Finding, State};

/// Check every object of a mesh: that it is there, as wanted, and ready.
///
/// Checked is what the MeshInstallations of the cluster want, or what the files say:
/// MeshInstallations and plain objects, such as `mainsheet manifest generate` prints them. Exits
/// with 1 when anything is not as it should be.
#[derive(Debug, Args)]
pub(crate) struct VerifyInstall {
    /// The MeshInstallation [default: all of them]
    #[arg(conflicts_with = "files")]
    name: Option<String>,
    /// File or folder with MeshInstallations or objects, `-` for stdin
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the findings are written; name lists what is not right
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
    #[command(flatten)]
    cluster: ClusterArgs,
}

#[derive(Debug, Serialize)]
struct Report {
    totals: Totals,
    objects: Vec<Finding>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    checked: usize,
    good: usize,
    missing: usize,
    different: usize,
    not_ready: usize,
}

impl VerifyInstall {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let given = documents(&self.files)?;
        let findings = block_on(async {
            let cluster = self.cluster.connect().await?;
            if self.files.is_empty() {
                self.live(&cluster).await
            } else {
                Box::pin(wanted::of_files(given, &cluster)).await
            }
        })?;
        let totals = Totals::of(&findings);
        let exit = if totals.good == totals.checked {
            Exit::Success
        } else {
            Exit::Failure
        };
        match self.output {
            Format::Table => print(&findings, &totals, false, printer)?,
            Format::Wide => print(&findings, &totals, true, printer)?,
            Format::Json => {
                let objects = findings;
                output::document(&Report { totals, objects }, Document::Json, printer)?;
            }
            Format::Yaml => {
                let objects = findings;
                output::document(&Report { totals, objects }, Document::Yaml, printer)?;
            }
            Format::Name => {
                for finding in findings
                    .iter()
                    .filter(|finding| finding.state != State::Good)
                {
                    output::line(&finding.object, printer)?;
                }
            }
        }
        Ok(exit)
    }

    /// What the installations of the cluster want; without any, the readiness of what there is.
    async fn live(&self, cluster: &Cluster) -> Result<Vec<Finding>, Error> {
        let installations = match (&self.name, cluster.list().await) {
            (Some(name), _) => vec![cluster.pick(Some(name)).await?],
            (None, Err(ClusterError::NoCrd)) => Vec::new(),
            (None, listed) => listed?,
        };
        if installations.is_empty() {
            return unowned(&cluster.inventory().await?);
        }
        let preview = preview(cluster).await?;
        let mut findings = Vec::new();
        for installation in &installations {
            findings.extend(wanted::of_mesh(installation, &preview).await?);
        }
        Ok(findings)
    }
}

/// A mesh that was installed without the operator has left no wish, only its objects.
fn unowned(live: &Inventory) -> Result<Vec<Finding>, Error> {
    let ours: Vec<Finding> = live
        .values()
        .filter(|live| live.ours)
        .map(judge::readiness)
        .collect();
    if ours.is_empty() {
        return Err(ClusterError::NoInstallations.into());
    }
    Ok(ours)
}

fn print(
    findings: &[Finding],
    totals: &Totals,
    wide: bool,
    printer: &mut Printer,
) -> Result<(), Error> {
    for finding in findings {
        let (sign, tone) = match finding.state {
            State::Good => ("ok", Tone::Good),
            State::Missing => ("missing", Tone::Bad),
            State::Different => ("differs", Tone::Bad),
            State::NotReady => ("waits", Tone::Busy),
        };
        let mesh = match &finding.installation {
            Some(name) if wide => format!("{name}: "),
            _ => String::new(),
        };
        let colon = if finding.message.is_empty() { "" } else { ": " };
        let (object, message) = (&finding.object, &finding.message);
        let text = format!("{mesh}{object}{colon}{message}");
        printer.entry(tone, (sign, 8), &text)?;
    }
    let Totals {
        checked,
        good,
        missing,
        different,
        not_ready,
    } = totals;
    Ok(writeln!(
        printer.data(),
        "{checked} objects checked: {good} good, {missing} missing, {different} different, {not_ready} not ready"
    )?)
}

impl Totals {
    fn of(findings: &[Finding]) -> Self {
        let count = |state| {
            findings
                .iter()
                .filter(|finding| finding.state == state)
                .count()
        };
        Self {
            checked: findings.len(),
            good: count(State::Good),
            missing: count(State::Missing),
            different: count(State::Different),
            not_ready: count(State::NotReady),
        }
    }
}
