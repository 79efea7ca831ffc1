//! MeshInstallations as tables: each mesh, its components, its records.

use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::READY;
use mainsheet_crds::installation::UpgradePhase;

use crate::error::Error;
use crate::mesh::{Verdict, condition, verdict, words};
use crate::output;
use crate::printer::{Printer, Tone};
use crate::table::{Cell, Table};

/// Writes the tables to stdout.
pub(super) fn tables(
    installations: &[MeshInstallation],
    wide: bool,
    printer: &mut Printer,
) -> Result<(), Error> {
    installation_table(installations, wide).print(printer)?;
    let tables = [
        component_table(installations),
        change_table(installations),
        record_table(installations, wide),
    ];
    for table in tables {
        if !table.is_empty() {
            output::line("", printer)?;
            table.print(printer)?;
        }
    }
    Ok(())
}

fn installation_table(installations: &[MeshInstallation], wide: bool) -> Table {
    let mut headings = vec!["NAME", "VERSION", "REVISION", "PROFILE", "READY"];
    if wide {
        headings.extend(["NAMESPACE", "GENERATION", "OBSERVED", "AGE"]);
    }
    headings.push("MESSAGE");
    let mut table = Table::new(headings);
    for installation in installations {
        let status = installation.status.clone().unwrap_or_default();
        let (ready, message) = readiness(installation);
        let mut row: Vec<Cell> = vec![
            installation.name_any().into(),
            status.version.unwrap_or_default().into(),
            status.revision.unwrap_or_default().into(),
            installation
                .spec
                .profile
                .unwrap_or_default()
                .as_str()
                .into(),
            ready,
        ];
        if wide {
            row.push(installation.spec.namespace().into());
            row.push(
                installation
                    .metadata
                    .generation
                    .unwrap_or_default()
                    .to_string()
                    .into(),
            );
            row.push(status.observed_generation.unwrap_or(-1).to_string().into());
            row.push(age(installation).into());
        }
        row.push(message.into());
        table.row(row);
    }
    table
}

/// Whether it is ready, and why.
fn readiness(installation: &MeshInstallation) -> (Cell, String) {
    match verdict(installation) {
        Verdict::Ready => {
            let status = installation.status.as_ref();
            let message = status
                .and_then(|status| condition(status, READY))
                .map(|said| said.2);
            (
                Cell::toned(Tone::Good, "True"),
                message.unwrap_or_default().to_owned(),
            )
        }
        Verdict::Unseen => (
            Cell::toned(Tone::Busy, "Unknown"),
            "no operator has looked at this generation of the spec yet".to_owned(),
        ),
        Verdict::Working(message) => (Cell::toned(Tone::Busy, "False"), message),
        Verdict::Suspended(message) => (
            Cell::toned(Tone::Busy, "False"),
            format!("suspended: {message}"),
        ),
        Verdict::Stalled { reason, message } => (
            Cell::toned(Tone::Bad, "False"),
            format!("{reason}: {message}"),
        ),
    }
}

/// Days, hours or minutes, as kubectl writes them.
fn age(installation: &MeshInstallation) -> String {
    let Some(created) = &installation.metadata.creation_timestamp else {
        return String::new();
    };
    let seconds = mainsheet_operator::run::now()
        .duration_since(created.0)
        .as_secs();
    match seconds {
        ..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

fn component_table(installations: &[MeshInstallation]) -> Table {
    let mut table = Table::new(["MESH", "COMPONENT", "READY", "MESSAGE"]);
    for installation in installations {
        for component in installation
            .status
            .iter()
            .flat_map(|status| &status.components)
        {
            let tone = if component.message.is_none() {
                Tone::Good
            } else {
                Tone::Busy
            };
            table.row([
                installation.name_any().into(),
                format!(
                    "{} {}/{}",
                    component.kind, component.namespace, component.name
                )
                .into(),
                Cell::toned(tone, format!("{}/{}", component.ready, component.desired)),
                component.message.clone().unwrap_or_default().into(),
            ]);
        }
    }
    table
}

/// Changes under way, and such as were rolled back.
fn change_table(installations: &[MeshInstallation]) -> Table {
    let mut table = Table::new(["MESH", "CHANGE TO", "PHASE", "WAVE", "MOVED", "MESSAGE"]);
    for installation in installations {
        let Some(status) = &installation.status else {
            continue;
        };
        let changes = status.upgrade.iter();
        for upgrade in changes.filter(|upgrade| upgrade.phase != UpgradePhase::Completed) {
            let moved = match (upgrade.moved, upgrade.total) {
                (Some(moved), Some(total)) => format!("{moved}/{total}"),
                _ => String::new(),
            };
            table.row([
                installation.name_any().into(),
                words::version_of(status, &upgrade.to)
                    .unwrap_or(&upgrade.to)
                    .into(),
                Cell::toned(
                    words::tone(words::mark(upgrade.phase)),
                    words::phase(upgrade.phase),
                ),
                upgrade.wave.clone().unwrap_or_default().into(),
                moved.into(),
                upgrade.message.clone().unwrap_or_default().into(),
            ]);
        }
    }
    table
}

fn record_table(installations: &[MeshInstallation], wide: bool) -> Table {
    let mut headings = vec!["MESH", "RECORD", "VERSION", "REVISION", "STATE"];
    if wide {
        headings.extend(["PODS", "USED BY"]);
    }
    let mut table = Table::new(headings);
    for installation in installations {
        for record in installation
            .status
            .iter()
            .flat_map(|status| &status.revisions)
        {
            let mut row: Vec<Cell> = vec![
                installation.name_any().into(),
                record.name.as_str().into(),
                record.version.as_str().into(),
                record.istio_revision.as_str().into(),
                words::state(record.state).into(),
            ];
            if wide {
                let pods = record.pods.map(|pods| pods.to_string());
                row.push(pods.unwrap_or_default().into());
                row.push(record.used_by.join(", ").into());
            }
            table.row(row);
        }
    }
    table
}
