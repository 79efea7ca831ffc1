//! `--purge`: Istio's CRDs go too, and with them every Istio resource that users have made.

use mainsheet_core::live::Live;
use mainsheet_core::plan::Inventory;
use mainsheet_core::status::some_of;
use mainsheet_manifests::Kind;
use tokio::time::{Duration, Instant, sleep};

use crate::cluster::{Cluster, ClusterError};
use crate::error::Error;
use crate::mesh::Limit;
use crate::printer::Printer;

/// Between two looks at a CRD that is going.
const PAUSE: Duration = Duration::from_millis(200);

/// Istio's CRDs that Mainsheet has applied. Those of others are theirs.
pub(super) fn crds(live: &Inventory) -> Vec<&Live> {
    let bundled = mainsheet_manifests::crds();
    let of_istio = |live: &&Live| {
        live.id.kind == Kind::CustomResourceDefinition
            && live.ours
            && bundled.iter().any(|one| one.name == live.id.name)
    };
    live.values().filter(of_istio).collect()
}

/// Says how many resources of users go with the CRDs.
pub(super) async fn announce(
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

/// Deletes the CRDs, and waits until they are gone: until then none of their names can be used.
pub(super) async fn delete(
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
