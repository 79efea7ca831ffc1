//! `mainsheet uninstall`: a mesh is removed, and followed until it is gone.

mod alone;
mod consequences;
mod purge;

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DeletionPolicy;
use mainsheet_crds::meta::DEFAULT_REVISION;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, block_on};
use crate::error::Error;
use crate::mesh::{Waiting, print_plan, until_gone};
use crate::printer::Printer;
use crate::prompt::{confirm, rehearsed};

/// Remove a mesh, and follow it until it is gone.
///
/// A MeshInstallation is deleted; what becomes of the mesh is said by spec.deletionPolicy, and
/// --cascade and --orphan set it. A mesh that was installed without the operator is removed from
/// here. CRDs, the namespace and the Istio resources of users stay, unless --purge.
#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub(crate) struct Uninstall {
    /// The mesh [default: the only one in the cluster]
    #[arg(conflicts_with = "purge")]
    name: Option<String>,
    /// The mesh of this Istio revision, `default` for the un-revisioned one
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["name", "purge"])]
    revision: Option<String>,
    /// All meshes, and Istio's CRDs with every resource of users; asks twice
    #[arg(long, conflicts_with = "orphan")]
    purge: bool,
    /// Delete the mesh too
    #[arg(long, conflicts_with = "orphan")]
    cascade: bool,
    /// Leave the mesh running, unmanaged
    #[arg(long)]
    orphan: bool,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Print what would be deleted, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Uninstall {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            if self.purge {
                Box::pin(self.purge(&cluster, printer)).await
            } else {
                Box::pin(self.one(&cluster, printer)).await
            }
        })?;
        Ok(Exit::Success)
    }

    async fn one(&self, cluster: &Cluster, printer: &mut Printer) -> Result<(), Error> {
        match self.pick(cluster).await {
            Ok(installation) => {
                self.announce(&installation, printer);
                if self.dry_run {
                    return self.rehearse(cluster, &installation, printer).await;
                }
                confirm("Go ahead?", self.yes, printer)?;
                self.delete(cluster, &installation, printer).await
            }
            Err(
                error @ (ClusterError::NoCrd
                | ClusterError::NoInstallation(_)
                | ClusterError::NoInstallations),
            ) => self.without_operator(cluster, error, printer).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The MeshInstallation that is meant.
    async fn pick(&self, cluster: &Cluster) -> Result<MeshInstallation, ClusterError> {
        let Some(revision) = &self.revision else {
            return cluster.pick(self.name.as_deref()).await;
        };
        let of_revision = |one: &MeshInstallation| match one.spec.revision() {
            "" => revision == DEFAULT_REVISION,
            own => own == revision,
        };
        let all = cluster.list().await?;
        let found = all.into_iter().find(of_revision);
        found.ok_or_else(|| ClusterError::NoInstallation(format!("of revision {revision}")))
    }

    fn announce(&self, installation: &MeshInstallation, printer: &mut Printer) {
        let policy = self.policy(installation);
        for line in consequences::of_installation(installation, policy, self.purge) {
            printer.say(line);
        }
    }

    fn policy(&self, installation: &MeshInstallation) -> DeletionPolicy {
        match (self.cascade || self.purge, self.orphan) {
            (true, _) => DeletionPolicy::Cascade,
            (false, true) => DeletionPolicy::Orphan,
            (false, false) => installation.spec.deletion_policy.unwrap_or_default(),
        }
    }

    /// The objects that would go, if nothing uses them any more.
    async fn rehearse(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        if self.policy(installation) != DeletionPolicy::Orphan {
            let live = cluster.inventory().await?;
            print_plan(&alone::leftovers(&installation.name_any(), &live), printer)?;
        }
        rehearsed(printer);
        Ok(())
    }

    async fn delete(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let name = installation.name_any();
        let policy = self.policy(installation);
        if policy != installation.spec.deletion_policy.unwrap_or_default() {
            cluster.set_policy(&name, policy).await?;
        }
        cluster.delete(installation).await?;
        let Some(limit) = self.waiting.limit() else {
            printer.say(format_args!("MeshInstallation {name} is being deleted"));
            return Ok(());
        };
        until_gone(cluster, installation, limit, printer).await?;
        printer.say(format_args!("MeshInstallation {name} is gone"));
        Ok(())
    }

    /// Objects of a mesh that no MeshInstallation stands for; without any, `missing` is the answer.
    async fn without_operator(
        &self,
        cluster: &Cluster,
        missing: ClusterError,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let live = cluster.inventory().await?;
        let mut names = alone::names(&live, self.revision.as_deref());
        names.retain(|name| self.name.as_ref().is_none_or(|wanted| wanted == name));
        let name = match (names.pop_first(), names.is_empty()) {
            (Some(name), true) => name,
            (Some(first), false) => {
                names.insert(first);
                let names: Vec<String> = names.into_iter().collect();
                return Err(ClusterError::Ambiguous(names.join(", ")).into());
            }
            (None, _) => return Err(missing.into()),
        };
        if self.orphan {
            return Err(Error::Usage(
                "--orphan: no operator manages this mesh, so it stays as it is".to_owned(),
            ));
        }
        if cluster.get_if_served(&name).await?.is_some() {
            return Err(missing.into());
        }
        let plan = alone::leftovers(&name, &live);
        for line in consequences::of_objects(&name, &plan, self.purge) {
            printer.say(line);
        }
        if self.dry_run {
            print_plan(&plan, printer)?;
            rehearsed(printer);
            return Ok(());
        }
        confirm("Go ahead?", self.yes, printer)?;
        alone::delete(cluster, &plan, &live, printer).await?;
        printer.say(format_args!("mesh {name} is gone"));
        Ok(())
    }
}
