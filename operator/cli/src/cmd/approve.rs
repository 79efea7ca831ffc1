//! `mainsheet approve`: the plan in the status is shown, and approved by its hash.

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::PlanStatus;
use mainsheet_crds::meta::ANNOTATION_APPROVED;

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::mesh::{awaited_plan, words};
use crate::printer::Printer;
use crate::prompt::confirm;

/// Approve the plan that a mesh with spec.upgrade.approval: Manual waits with.
///
/// What is approved is the plan that was shown: one that has changed since is refused, here and by
/// the operator.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// Approve only the plan with this hash, as it was seen elsewhere
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Approve {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let installation = cluster.pick(self.name.as_deref()).await?;
            let name = installation.name_any();
            let Some(plan) = awaited_plan(&installation) else {
                return Err(Error::Refused(format!(
                    "MeshInstallation {name} has no plan that waits for approval"
                )));
            };
            if let Some(hash) = self.hash.as_ref().filter(|hash| **hash != plan.hash) {
                let plan = &plan.hash;
                return Err(Error::Refused(format!(
                    "the plan of MeshInstallation {name} is {plan} now, and not {hash}"
                )));
            }
            for line in said(&installation, plan) {
                printer.say(line);
            }
            confirm("Approve it?", self.yes, printer)?;
            // Somebody may have changed the spec while it was read.
            let now = cluster.pick(Some(&name)).await?;
            if awaited_plan(&now).map(|plan| &plan.hash) != Some(&plan.hash) {
                return Err(Error::Refused(format!(
                    "the plan of MeshInstallation {name} has changed since it was shown; look at it again"
                )));
            }
            cluster
                .annotate(&now, ANNOTATION_APPROVED, Some(&plan.hash))
                .await?;
            printer.say(format_args!(
                "plan {} of MeshInstallation {name} is approved",
                plan.hash
            ));
            Ok(Exit::Success)
        })
    }
}

fn said(installation: &MeshInstallation, plan: &PlanStatus) -> Vec<String> {
    let name = installation.name_any();
    let status = installation.status.clone().unwrap_or_default();
    let PlanStatus {
        revision,
        hash,
        create,
        update,
        delete,
        restart,
        details,
        ..
    } = plan;
    let version = words::version_of(&status, revision);
    let version = version.map_or(String::new(), |version| format!(" (Istio {version})"));
    let restart = restart.map_or(
        "how many workloads restart is not known yet".to_owned(),
        |count| format!("{count} workloads to restart"),
    );
    let mut lines = vec![
        format!("MeshInstallation {name} waits to go to {revision}{version}"),
        format!(
            "plan {hash}: {create} to create, {update} to change, {delete} to delete; {restart}"
        ),
    ];
    if let Some(details) = details {
        lines.push(format!(
            "in full: kubectl get configmap {}",
            in_kubectl(details)
        ));
    }
    lines
}

/// `-n NAMESPACE NAME -o yaml`, of `NAMESPACE/NAME`.
fn in_kubectl(details: &str) -> String {
    match details.split_once('/') {
        Some((namespace, name)) => format!("-n {namespace} {name} -o yaml"),
        None => format!("{details} -o yaml"),
    }
}
