//! `mainsheet status`: the meshes of the cluster, their components and their records.

use std::pin::pin;

use clap::Args;
use futures::StreamExt;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::READY;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, block_on};
use crate::error::Error;
use crate::mesh::{Verdict, condition, lines, verdict};
use crate::output::{self, Document, Format};
use crate::printer::{Printer, Tone};
use crate::progress::Progress;
use crate::table::{Cell, Table};

/// Show the meshes of the cluster; exits with 1 unless all are ready.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The MeshInstallation [default: all of them]
    name: Option<String>,
    /// How the state is written
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
    /// Stay, and show every change of one mesh until interrupted
    #[arg(short, long, conflicts_with = "output")]
    watch: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Status {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        if self.watch {
            return block_on(self.follow(printer));
        }
        let installations = block_on(async {
            let cluster = self.cluster.connect().await?;
            Ok(match &self.name {
                Some(name) => vec![cluster.pick(Some(name)).await?],
                None => cluster.list().await?,
            })
        })?;
        if installations.is_empty() {
            return Err(ClusterError::NoInstallations.into());
        }
        self.print(&installations, printer)?;
        let ready = installations
            .iter()
            .all(|one| verdict(one) == Verdict::Ready);
        Ok(if ready { Exit::Success } else { Exit::Failure })
    }

    fn print(
        &self,
        installations: &[MeshInstallation],
        printer: &mut Printer,
    ) -> Result<(), Error> {
        match self.output {
            Format::Table => tables(installations, false, printer)?,
            Format::Wide => tables(installations, true, printer)?,
            Format::Json => {
                output::document(&self.document(installations)?, Document::Json, printer)?;
            }
            Format::Yaml => {
                output::document(&self.document(installations)?, Document::Yaml, printer)?;
            }
            Format::Name => {
                for installation in installations {
                    output::line(
                        &format!("meshinstallation.mainsheet.dev/{}", installation.name_any()),
                        printer,
                    )?;
                }
            }
        }
        Ok(())
    }

    /// As kubectl writes it: the object that was named, or a list.
    fn document(&self, installations: &[MeshInstallation]) -> Result<Value, Error> {
        let mut items = Vec::new();
        for installation in installations {
            let mut installation = installation.clone();
            installation.metadata.managed_fields = None;
            items.push(
                serde_json::to_value(installation)
                    .map_err(|error| Error::Serialise(Box::new(error)))?,
            );
        }
        Ok(match (&self.name, items.pop()) {
            (Some(_), Some(only)) => only,
            (_, last) => {
                items.extend(last);
                json!({"apiVersion": "v1", "kind": "List", "items": items})
            }
        })
    }

    async fn follow(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let cluster: Cluster = self.cluster.connect().await?;
        let name = cluster.pick(self.name.as_deref()).await?.name_any();
        let mut seen = pin!(cluster.watch(&name));
        let mut progress = Progress::new(printer);
        while let Some(change) = seen.next().await {
            match change {
                Ok(Some(installation)) => progress.show(&lines(&installation)),
                Ok(None) => return Err(Error::Vanished(name)),
                Err(error @ ClusterError::Unreachable { .. }) => {
                    progress.note(&format!("{error}; trying again"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Exit::Success)
    }
}

fn tables(
    installations: &[MeshInstallation],
    wide: bool,
    printer: &mut Printer,
) -> Result<(), Error> {
    installation_table(installations, wide).print(printer)?;
    for table in [component_table(installations), record_table(installations)] {
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

fn record_table(installations: &[MeshInstallation]) -> Table {
    let mut table = Table::new(["MESH", "RECORD", "VERSION", "REVISION", "STATE"]);
    for installation in installations {
        for record in installation
            .status
            .iter()
            .flat_map(|status| &status.revisions)
        {
            table.row([
                installation.name_any().into(),
                record.name.as_str().into(),
                record.version.as_str().into(),
                record.istio_revision.as_str().into(),
                format!("{:?}", record.state).into(),
            ]);
        }
    }
    table
}
