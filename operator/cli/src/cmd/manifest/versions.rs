//! `mainsheet manifest versions`: which versions of Istio can be installed.

use clap::Args;
use mainsheet_profiles::Release;
use mainsheet_profiles::catalogue::{RELEASES, Stage};
use serde::Serialize;

use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document, Format};
use crate::printer::{Printer, Tone};
use crate::table::{Cell, Table};

/// List the bundled versions of Istio, with the Kubernetes versions and the dates of support.
///
/// A channel, such as 1.30, is the newest bundled patch version of it.
#[derive(Debug, Args)]
pub(crate) struct Versions {
    /// How the list is written
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
}

/// A bundled version, for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundled {
    version: String,
    channel: String,
    stage: &'static str,
    default: bool,
    kubernetes: Range,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_ends: Option<&'static str>,
    hub: &'static str,
    compatibility_versions: Range,
}

#[derive(Debug, Serialize)]
struct Range {
    from: String,
    to: String,
}

impl Versions {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let versions: Vec<Bundled> = RELEASES.iter().rev().map(version).collect();
        match self.output {
            Format::Table => table(&versions, false).print(printer)?,
            Format::Wide => table(&versions, true).print(printer)?,
            Format::Json => output::document(&versions, Document::Json, printer)?,
            Format::Yaml => output::document(&versions, Document::Yaml, printer)?,
            Format::Name => {
                for version in &versions {
                    output::line(&version.version, printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

/// A stage as it is named to users.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Preview => "preview",
        Stage::Current => "current",
        Stage::EndOfLife => "end of life",
    }
}

fn version(release: &Release) -> Bundled {
    let range = |(from, to): (u32, u32)| Range {
        from: format!("1.{from}"),
        to: format!("1.{to}"),
    };
    Bundled {
        version: release.to_string(),
        channel: format!("1.{}", release.minor.number),
        stage: stage(release.stage),
        default: release == Release::newest(),
        kubernetes: range(release.minor.kubernetes),
        released: release.minor.released,
        support_ends: release.minor.support_ends,
        hub: release.minor.hub,
        compatibility_versions: range(release.minor.compatibility),
    }
}

fn table(versions: &[Bundled], wide: bool) -> Table {
    let mut headings = vec![
        "VERSION",
        "CHANNEL",
        "STAGE",
        "KUBERNETES",
        "RELEASED",
        "SUPPORT ENDS",
    ];
    if wide {
        headings.extend(["COMPATIBILITY", "IMAGES"]);
    }
    let mut table = Table::new(headings);
    for version in versions {
        let (tone, note) = match version.stage {
            "current" if version.default => (Tone::Good, "current, default"),
            "current" => (Tone::Plain, "current"),
            other => (Tone::Busy, other),
        };
        let range = |range: &Range| format!("{} to {}", range.from, range.to);
        let mut row: Vec<Cell> = vec![
            version.version.as_str().into(),
            version.channel.as_str().into(),
            Cell::toned(tone, note),
            range(&version.kubernetes).into(),
            version.released.unwrap_or("not yet").into(),
            version.support_ends.unwrap_or("not known").into(),
        ];
        if wide {
            row.push(range(&version.compatibility_versions).into());
            row.push(version.hub.into());
        }
        table.row(row);
    }
    table
}
