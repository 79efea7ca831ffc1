//! `mainsheet install`: a MeshInstallation is applied, and followed until the mesh is ready.

use clap::Args;
use mainsheet_crds::MeshInstallation;

use crate::cli::Exit;
use crate::cluster::{Apply, Cluster, ClusterArgs, block_on};
use crate::error::Error;
use crate::input::{Wanted, Wish};
use crate::mesh::{Waiting, plan_in, print_plan, resolve_in, summary, until_ready};
use crate::printer::Printer;
use crate::prompt::confirm;

/// Apply a MeshInstallation and follow it until the mesh is ready.
///
/// The operator does the work; see `mainsheet operator manifests`. A field that another tool has
/// set is not taken from it unless --force-conflicts says so.
#[derive(Debug, Args)]
pub(crate) struct Install {
    #[command(flatten)]
    wish: Wish,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Ask the API server whether it would take the MeshInstallation, print the plan, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Take over fields of the MeshInstallation that another tool has set
    #[arg(long)]
    force_conflicts: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Install {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let wanted = self.wish.read()?;
        block_on(self.carry_out(&wanted, printer))?;
        Ok(Exit::Success)
    }

    async fn carry_out(&self, wanted: &Wanted, printer: &mut Printer) -> Result<(), Error> {
        let cluster = self.cluster.connect().await?;
        let before = cluster.get(&wanted.name).await?;
        if self.dry_run {
            return self
                .rehearse(&cluster, wanted, before.as_ref(), printer)
                .await;
        }
        // The operator would say the same, a little later.
        let resolved = resolve_in(wanted, before.as_ref(), None)?;
        printer.say(summary(&resolved, before.as_ref()));
        confirm("Go ahead?", self.yes, printer)?;
        cluster
            .apply(&wanted.name, &wanted.object, self.how())
            .await?;
        printer.say(format_args!("MeshInstallation {} applied", wanted.name));
        match self.waiting.limit() {
            Some(limit) => until_ready(&cluster, &wanted.name, limit, printer).await,
            None => Ok(()),
        }
    }

    async fn rehearse(
        &self,
        cluster: &Cluster,
        wanted: &Wanted,
        before: Option<&MeshInstallation>,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let kubernetes = cluster.kubernetes().await?;
        let resolved = resolve_in(wanted, before, Some(kubernetes))?;
        cluster
            .apply(&wanted.name, &wanted.object, self.how())
            .await?;
        printer.say(summary(&resolved, before));
        print_plan(&plan_in(cluster, &resolved).await?, printer)?;
        printer.say("nothing was changed: this was a dry run");
        Ok(())
    }

    fn how(&self) -> Apply {
        Apply {
            force: self.force_conflicts,
            dry_run: self.dry_run,
        }
    }
}
