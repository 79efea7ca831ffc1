//! `mainsheet history`: what a mesh has been, and what it can go back to.

use std::collections::BTreeSet;

use clap::Args;
use mainsheet_crds::installation::{MeshInstallationStatus, RevisionStatus, UpgradePhase};
use mainsheet_crds::revision::RevisionState;
use serde::Serialize;

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::mesh::words;
use crate::output::{self, Document, Format};
use crate::printer::{Printer, Tone};
use crate::table::{Cell, Table};

/// Show what a mesh has been, the newest first, and which records can be rolled back to.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// How the history is written
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

/// One line of the history.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    record: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// What the record is to the mesh now; none when it is kept no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<i32>,
}

impl History {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let installation = block_on(async {
            let cluster = self.cluster.connect().await?;
            Ok(cluster.pick(self.name.as_deref()).await?)
        })?;
        let entries = entries(&installation.status.unwrap_or_default());
        match self.output {
            Format::Table => table(&entries, false).print(printer)?,
            Format::Wide => table(&entries, true).print(printer)?,
            Format::Json => output::document(&entries, Document::Json, printer)?,
            Format::Yaml => output::document(&entries, Document::Yaml, printer)?,
            Format::Name => {
                for name in entries
                    .iter()
                    .filter(|e| e.state.is_some())
                    .map(|e| &e.record)
                {
                    output::line(&format!("meshrevision.mainsheet.dev/{name}"), printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

/// What is under way, then every change that ended, then records that no change tells of.
fn entries(status: &MeshInstallationStatus) -> Vec<Entry> {
    let mut entries = Vec::new();
    if let Some(upgrade) = &status.upgrade
        && !matches!(
            upgrade.phase,
            UpgradePhase::Completed | UpgradePhase::RolledBack
        )
    {
        let outcome = Some(words::phase(upgrade.phase));
        entries.push(entry(status, &upgrade.to, None, outcome));
    }
    for ended in &status.history {
        let finished = ended.finished_at.0.to_string();
        let outcome = Some(words::outcome(ended.outcome));
        let mut entry = entry(status, &ended.revision, Some(finished), outcome);
        entry.version.clone_from(&ended.version);
        entries.push(entry);
    }
    let told: BTreeSet<String> = entries.iter().map(|entry| entry.record.clone()).collect();
    let untold = status
        .revisions
        .iter()
        .filter(|kept| !told.contains(&kept.name));
    let untold: Vec<Entry> = untold
        .map(|kept| entry(status, &kept.name, None, None))
        .collect();
    entries.extend(untold);
    entries
}

fn entry(
    status: &MeshInstallationStatus,
    record: &str,
    finished_at: Option<String>,
    outcome: Option<&'static str>,
) -> Entry {
    let kept: Option<&RevisionStatus> = status.revisions.iter().find(|kept| kept.name == record);
    Entry {
        record: record.to_owned(),
        version: kept.map_or_else(String::new, |kept| kept.version.clone()),
        revision: kept.map(|kept| kept.istio_revision.clone()),
        finished_at,
        outcome,
        state: kept.map(|kept| words::state(kept.state)),
        pods: kept.and_then(|kept| kept.pods),
    }
}

fn table(entries: &[Entry], wide: bool) -> Table {
    let mut headings = vec!["FINISHED", "RECORD", "VERSION", "OUTCOME", "STATE"];
    if wide {
        headings.extend(["REVISION", "PODS"]);
    }
    let mut table = Table::new(headings);
    for entry in entries {
        let active = entry.state == Some(words::state(RevisionState::Active));
        let tone = if active { Tone::Good } else { Tone::Plain };
        let mut row: Vec<Cell> = vec![
            entry.finished_at.clone().unwrap_or_default().into(),
            Cell::toned(tone, entry.record.as_str()),
            entry.version.as_str().into(),
            entry.outcome.unwrap_or_default().into(),
            entry.state.unwrap_or("no longer kept").into(),
        ];
        if wide {
            row.push(entry.revision.clone().unwrap_or_default().into());
            row.push(
                entry
                    .pods
                    .map(|pods| pods.to_string())
                    .unwrap_or_default()
                    .into(),
            );
        }
        table.row(row);
    }
    table
}
