//! `mainsheet retry`: what was rolled back is tried once more.

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::installation::UpgradePhase;
use mainsheet_crds::meta::ANNOTATION_RETRY;

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::mesh::{Waiting, until_running};
use crate::printer::Printer;
use crate::prompt::confirm;

/// Carry out once more a change that failed and was rolled back.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Retry {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let installation = cluster.pick(self.name.as_deref()).await?;
            let name = installation.name_any();
            let upgrade = installation
                .status
                .as_ref()
                .and_then(|status| status.upgrade.as_ref());
            let failed = upgrade.filter(|upgrade| upgrade.phase == UpgradePhase::RolledBack);
            let Some(failed) = failed else {
                return Err(Error::Refused(format!(
                    "MeshInstallation {name} has no change that was rolled back"
                )));
            };
            let why = failed.message.as_deref().unwrap_or("no reason is known");
            printer.say(format_args!(
                "the change to {} was rolled back: {why}",
                failed.to
            ));
            confirm("Try it once more?", self.yes, printer)?;
            cluster
                .annotate(&installation, ANNOTATION_RETRY, Some(&failed.to))
                .await?;
            printer.say(format_args!(
                "MeshInstallation {name} tries {} once more",
                failed.to
            ));
            if let Some(limit) = self.waiting.limit() {
                until_running(&cluster, &installation, &failed.to, limit, printer).await?;
            }
            Ok(Exit::Success)
        })
    }
}
