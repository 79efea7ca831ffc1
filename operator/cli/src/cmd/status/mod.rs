//! `mainsheet status`: the meshes of the cluster, their components and their records.

mod tables;

use std::pin::pin;

use clap::Args;
use futures::StreamExt;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, block_on};
use crate::error::Error;
use crate::mesh::{Verdict, lines, verdict};
use crate::output::{self, Document, Format};
use crate::printer::Printer;
use crate::progress::Progress;

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
            Format::Table => tables::tables(installations, false, printer)?,
            Format::Wide => tables::tables(installations, true, printer)?,
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
            items.push(serde_json::to_value(installation).map_err(output::serialise)?);
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
                Err(error) if error.may_pass() => {
                    progress.note(&format!("{error}; trying again"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Exit::Success)
    }
}
