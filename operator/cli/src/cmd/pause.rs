//! `mainsheet pause` and `mainsheet resume`: `spec.suspend`.

use clap::Args;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, appliers, block_on};
use crate::error::Error;
use crate::printer::Printer;

/// Freeze a mesh: the operator writes nothing to it until `mainsheet resume`.
///
/// An upgrade stops where it is, and what others change is not put back.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    #[command(flatten)]
    which: Which,
}

/// Let the operator go on with a mesh after `mainsheet pause`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Which {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Pause {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        self.which.set(true, printer)
    }
}

impl Resume {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        self.which.set(false, printer)
    }
}

impl Which {
    fn set(&self, paused: bool, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let installation = cluster.pick(self.name.as_deref()).await?;
            let name = installation.name_any();
            let words = if paused { "paused" } else { "not paused" };
            if installation.spec.suspend.unwrap_or_default() == paused {
                printer.say(format_args!("MeshInstallation {name} is {words} already"));
                return Ok(Exit::Success);
            }
            let others = appliers(&installation, "suspend");
            let value = if paused || !others.is_empty() {
                json!(paused)
            } else {
                Value::Null
            };
            cluster.set(&installation, "suspend", value).await?;
            printer.say(format_args!("MeshInstallation {name} is {words} now"));
            for other in others {
                printer.warn(format_args!(
                    "{other} applies spec.suspend, and may put it back; change it there too"
                ));
            }
            Ok(Exit::Success)
        })
    }
}
