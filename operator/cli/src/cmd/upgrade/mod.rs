//! `mainsheet upgrade`: another version of Istio, checked, planned, asked for and followed.

mod edge;

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DataPlaneMode;
use mainsheet_profiles::Release;
use serde_json::json;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, appliers, block_on};
use crate::error::Error;
use crate::input::Wanted;
use crate::mesh::{Waiting, foresee, print_plan, remark, until_upgraded};
use crate::printer::Printer;
use crate::prompt::{confirm, rehearsed};

/// Upgrade a mesh to another version of Istio, and follow it until it runs.
///
/// The step is checked, the plan goes to stdout, and nothing is changed before the answer is yes.
/// Only spec.version is set; how the change is carried out stands in spec.upgrade.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// Version or channel to go to [default: the newest that is no preview and one step away]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Check and print the plan, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Upgrade {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let installation = cluster.pick(self.name.as_deref()).await?;
            self.carry_out(&cluster, &installation, printer).await
        })
    }

    async fn carry_out(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        printer: &mut Printer,
    ) -> Result<Exit, Error> {
        let name = installation.name_any();
        let target = edge::target(installation, self.version.as_deref())?;
        let wish = self.version.clone().unwrap_or_else(|| target.to_string());
        if installation.spec.version.as_ref() == Some(&wish) {
            printer.say(format_args!("MeshInstallation {name} wants {wish} already"));
            return Ok(Exit::Success);
        }
        for line in versions(installation, target) {
            printer.say(line);
        }
        self.show_plan(cluster, installation, &wish, printer)
            .await?;
        if self.dry_run {
            rehearsed(printer);
            return Ok(Exit::Success);
        }
        confirm("Go ahead?", self.yes, printer)?;
        cluster.set(installation, "version", json!(wish)).await?;
        printer.say(format_args!(
            "MeshInstallation {name} wants Istio {wish} now"
        ));
        for other in appliers(installation, "version") {
            printer.warn(format_args!(
                "{other} applies spec.version, and may put it back; change it there too"
            ));
        }
        if let Some(limit) = self.waiting.limit() {
            until_upgraded(cluster, &name, &target.to_string(), limit, printer).await?;
        }
        Ok(Exit::Success)
    }

    async fn show_plan(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        wish: &str,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let mut spec = installation.spec.clone();
        spec.version = Some(wish.to_owned());
        let wanted = Wanted {
            name: installation.name_any(),
            object: json!({}),
            spec,
        };
        let foreseen = Box::pin(foresee(cluster, &wanted, Some(installation))).await?;
        print_plan(&foreseen.plan, printer)?;
        remark(&wanted.name, &foreseen, printer)
    }
}

/// What runs in which version, and what will.
fn versions(installation: &MeshInstallation, target: &Release) -> Vec<String> {
    let status = installation.status.clone().unwrap_or_default();
    let runs = status.version.as_deref().unwrap_or("none");
    let mut lines = vec![
        format!("client:         {}", env!("CARGO_PKG_VERSION")),
        format!("control plane:  Istio {runs} -> {target}"),
    ];
    let used = status
        .revisions
        .iter()
        .filter(|kept| kept.pods.is_some_and(|pods| pods > 0));
    for kept in used {
        let pods = kept.pods.unwrap_or_default();
        lines.push(format!(
            "data plane:     {pods} pods on Istio {}, revision {}",
            kept.version, kept.istio_revision
        ));
    }
    let upgrade = installation.spec.upgrade.as_ref();
    let mode = upgrade
        .and_then(|upgrade| upgrade.data_plane.as_ref()?.mode)
        .unwrap_or_default();
    lines.push(match mode {
        DataPlaneMode::Manual => {
            "workloads:      keep their proxies until their owners restart them".to_owned()
        }
        DataPlaneMode::Waves => {
            "workloads:      are restarted in waves, see spec.upgrade.dataPlane".to_owned()
        }
    });
    lines
}
