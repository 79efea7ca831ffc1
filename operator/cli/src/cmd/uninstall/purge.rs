//! `--purge`: Istio's CRDs go too, and with them every Istio resource that users have made.

use kube::ResourceExt;
use mainsheet_core::live::Live;
use mainsheet_core::plan::Inventory;
use mainsheet_core::status::some_of;
use mainsheet_manifests::Kind;
use tokio::time::{Duration, Instant, sleep};

use super::{Uninstall, alone, consequences};
use crate::cluster::{Cluster, ClusterError};
use crate::error::Error;
use crate::mesh::{Limit, print_plan};
use crate::printer::{Printer, Tone};
use crate::prompt::{confirm, rehearsed};

/// Between two looks at a CRD that is going.
const PAUSE: Duration = Duration::from_millis(200);

impl Uninstall {
    /// Every mesh, then the CRDs.
    pub(super) async fn purge(
        &self,
        cluster: &Cluster,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let installations = match cluster.list().await {
            Err(ClusterError::NoCrd) => Vec::new(),
            listed => listed?,
        };
        for installation in &installations {
            self.announce(installation, printer);
        }
        let live = cluster.inventory().await?;
        let managed: Vec<String> = installations.iter().map(ResourceExt::name_any).collect();
        let mut alone = alone::names(&live, None);
        alone.retain(|name| !managed.contains(name));
        for name in &alone {
            let plan = alone::leftovers(name, &live);
            for line in consequences::of_objects(name, &plan, self.purge) {
                printer.say(line);
            }
        }
        let crds = crds(&live);
        announce(cluster, &crds, printer).await?;
        if installations.is_empty() && alone.is_empty() && crds.is_empty() {
            printer.say("there is nothing of Mainsheet's in the cluster");
            return Ok(());
        }
        if self.dry_run {
            for name in managed.iter().chain(&alone) {
                print_plan(&alone::leftovers(name, &live), printer)?;
            }
            list(&crds, printer)?;
            rehearsed(printer);
            return Ok(());
        }
        confirm("Remove all of it?", self.yes, printer)?;
        confirm(
            "Also the CRDs, and every Istio resource of users, for good?",
            self.yes,
            printer,
        )?;
        for installation in &installations {
            self.delete(cluster, installation, printer).await?;
        }
        for name in &alone {
            alone::delete(cluster, &alone::leftovers(name, &live), &live, printer).await?;
        }
        delete(cluster, &crds, self.waiting.limit(), printer).await
    }
}

/// Istio's CRDs that Mainsheet has applied. Those of others are theirs.
fn crds(live: &Inventory) -> Vec<&Live> {
    let bundled = mainsheet_manifests::crds();
    let of_istio = |live: &&Live| {
        live.id.kind == Kind::CustomResourceDefinition
            && live.ours
            && bundled.iter().any(|one| one.name == live.id.name)
    };
    live.values().filter(of_istio).collect()
}

/// Says how many resources of users go with the CRDs.
async fn announce(
    cluster: &Cluster,
    crds: &[&Live],
    printer: &mut Printer,
) -> Result<(), ClusterError> {
    let mut lost = Vec::new();
    for crd in crds {
        let count = cluster.count_of(&crd.id.name).await?;
        if count > 0 {
            lost.push(format!("{count} {}", crd.id.name));
        }
    }
    printer.say(format_args!("goes:   {} CRDs of Istio", crds.len()));
    if lost.is_empty() {
        printer.say("        and with them no resource: users have made none");
    } else {
        printer.warn(format_args!(
            "with them go the resources of users: {}",
            some_of(&lost)
        ));
    }
    Ok(())
}

/// Writes the CRDs to stdout, as a plan has what it deletes.
fn list(crds: &[&Live], printer: &mut Printer) -> std::io::Result<()> {
    for crd in crds {
        printer.entry(Tone::Bad, ("delete", 8), &crd.id.to_string())?;
    }
    Ok(())
}

/// Deletes the CRDs, and waits until they are gone: until then none of their names can be used.
async fn delete(
    cluster: &Cluster,
    crds: &[&Live],
    limit: Option<&Limit>,
    printer: &mut Printer,
) -> Result<(), Error> {
    for crd in crds {
        cluster.remove(crd).await?;
        printer.say(format_args!("deleted {}", crd.id));
    }
    let Some(limit) = limit else { return Ok(()) };
    let deadline = Instant::now() + limit.duration();
    for crd in crds {
        while cluster.is_there(crd).await? {
            if Instant::now() >= deadline {
                return Err(Error::TimedOut {
                    name: crd.id.to_string(),
                    wanted: "gone",
                    limit: limit.to_string(),
                    still: "its resources are being deleted".to_owned(),
                });
            }
            sleep(PAUSE).await;
        }
    }
    Ok(())
}
