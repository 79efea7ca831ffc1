//! `mainsheet install`: a mesh is installed or changed, and followed until it is ready.
//!
//! With an operator in the cluster a MeshInstallation is applied, and the operator does the work;
//! without one the same plan is carried out from here.

mod alone;
mod with_operator;

use clap::{Args, ValueEnum};

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, block_on};
use crate::error::Error;
use crate::input::{Adoption, Wanted, Wish};
use crate::mesh::Waiting;
use crate::printer::Printer;

/// Install or change a mesh, and follow it until it is ready.
///
/// Where the cluster has MeshInstallations, one is applied and the operator does the work; see
/// `mainsheet operator manifests`. Where it has none, or with --no-operator, the same plan is
/// carried out from here, wave by wave, and nobody keeps the mesh as it was made.
#[derive(Debug, Args)]
pub(crate) struct Install {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    adoption: Adoption,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Carry out the plan from here
    #[arg(long)]
    no_operator: bool,
    /// Print the plan and change nothing: client only reads, server has the API server check too
    #[arg(
        long,
        value_name = "none|client|server",
        hide_possible_values = true,
        default_value = "none",
        default_missing_value = "server",
        num_args = 0..=1,
        require_equals = true
    )]
    dry_run: DryRun,
    /// Take over fields that another tool has set
    #[arg(long)]
    force_conflicts: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// How far a rehearsal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DryRun {
    /// It is no rehearsal.
    None,
    /// Nothing is sent.
    Client,
    /// The API server says whether it would take it.
    Server,
}

impl Install {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let mut wanted = self.wish.read()?;
        self.adoption.annotate(&mut wanted);
        block_on(self.carry_out(&wanted, printer))?;
        Ok(Exit::Success)
    }

    async fn carry_out(&self, wanted: &Wanted, printer: &mut Printer) -> Result<(), Error> {
        let cluster: Cluster = self.cluster.connect().await?;
        match cluster.get(&wanted.name).await {
            Ok(before) if !self.no_operator => {
                with_operator::carry_out(self, &cluster, wanted, before.as_ref(), printer).await
            }
            Ok(Some(_)) => Err(Error::Refused(format!(
                "MeshInstallation {0} is an operator's work; leave --no-operator out, or delete it first: mainsheet uninstall {0} --orphan",
                wanted.name
            ))),
            Err(ClusterError::NoCrd) if !self.no_operator => {
                printer
                    .say("there is no operator in the cluster: the plan is carried out from here");
                Box::pin(alone::carry_out(self, &cluster, wanted, printer)).await
            }
            Ok(None) | Err(ClusterError::NoCrd) => {
                Box::pin(alone::carry_out(self, &cluster, wanted, printer)).await
            }
            Err(error) => Err(error.into()),
        }
    }
}
