//! `mainsheet uninstall`: a MeshInstallation is deleted, and followed until it is gone.

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DeletionPolicy;

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::mesh::{Waiting, until_gone};
use crate::printer::Printer;
use crate::prompt::confirm;

/// Delete a MeshInstallation and follow it until it is gone.
///
/// What becomes of the mesh is said by spec.deletionPolicy; --cascade and --orphan set it. CRDs,
/// the namespace and the Istio resources of users stay in any case.
#[derive(Debug, Args)]
pub(crate) struct Uninstall {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// Delete the mesh too
    #[arg(long, conflicts_with = "orphan")]
    cascade: bool,
    /// Leave the mesh running, unmanaged
    #[arg(long)]
    orphan: bool,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Uninstall {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(self.carry_out(printer))?;
        Ok(Exit::Success)
    }

    async fn carry_out(&self, printer: &mut Printer) -> Result<(), Error> {
        let cluster = self.cluster.connect().await?;
        let installation = cluster.pick(self.name.as_deref()).await?;
        let name = installation.name_any();
        let current = installation.spec.deletion_policy.unwrap_or_default();
        let policy = self.policy().unwrap_or(current);
        for line in consequences(&installation, policy) {
            printer.say(line);
        }
        confirm("Go ahead?", self.yes, printer)?;
        if policy != current {
            cluster.set_policy(&name, policy).await?;
        }
        cluster.delete(&installation).await?;
        let Some(limit) = self.waiting.limit() else {
            printer.say(format_args!("MeshInstallation {name} is being deleted"));
            return Ok(());
        };
        until_gone(&cluster, &installation, limit, printer).await?;
        printer.say(format_args!("MeshInstallation {name} is gone"));
        Ok(())
    }

    fn policy(&self) -> Option<DeletionPolicy> {
        match (self.cascade, self.orphan) {
            (true, _) => Some(DeletionPolicy::Cascade),
            (false, true) => Some(DeletionPolicy::Orphan),
            (false, false) => None,
        }
    }
}

/// What goes and what stays.
fn consequences(installation: &MeshInstallation, policy: DeletionPolicy) -> Vec<String> {
    let name = installation.name_any();
    let namespace = installation.spec.namespace();
    let components = installation
        .status
        .iter()
        .flat_map(|status| &status.components);
    let workloads: Vec<String> = components
        .map(|c| format!("{} {}/{}", c.kind, c.namespace, c.name))
        .collect();
    let workloads = match workloads.as_slice() {
        [] => "what it has installed".to_owned(),
        workloads => format!("the mesh ({})", workloads.join(", ")),
    };
    let always = format!(
        "stays:  Istio's CRDs, the namespace {namespace}, the Istio resources of users, sidecars in running pods"
    );
    match policy {
        DeletionPolicy::Orphan => vec![
            format!("goes:   MeshInstallation {name} and its records"),
            format!("stays:  {workloads}, running and unmanaged; --cascade would delete it"),
        ],
        DeletionPolicy::IfUnused => vec![
            format!("goes:   MeshInstallation {name}; {workloads}, unless something still uses it"),
            always,
        ],
        DeletionPolicy::Cascade => vec![
            format!("goes:   MeshInstallation {name} and its records; {workloads}"),
            always,
        ],
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_crds::MeshInstallationSpec;

    use super::*;

    #[test]
    fn a_mesh_that_stays_is_not_said_to_go() {
        let installation = MeshInstallation::new("sea", MeshInstallationSpec::default());
        let orphan = consequences(&installation, DeletionPolicy::Orphan);
        assert!(orphan[0].starts_with("goes:") && !orphan[0].contains("installed"));
        assert!(orphan[1].starts_with("stays:  what it has installed"));
        let cascade = consequences(&installation, DeletionPolicy::Cascade);
        assert!(cascade[0].ends_with("; what it has installed"));
        assert!(cascade[1].contains("the namespace istio-system"));
    }
}
