//! A mesh without a MeshInstallation: its objects are deleted from here, the webhooks first.

use std::collections::BTreeSet;

use mainsheet_core::desired::Desired;
use mainsheet_core::plan::{Inventory, Plan, plan};
use mainsheet_crds::meta::LABEL_REVISION;

use crate::cluster::Cluster;
use crate::error::Error;
use crate::printer::Printer;

/// The names of the meshes whose objects there are, of this revision where one is given.
pub(super) fn names(live: &Inventory, revision: Option<&str>) -> BTreeSet<String> {
    let of_revision = |labels: &std::collections::BTreeMap<String, String>| {
        revision.is_none_or(|revision| {
            labels
                .get(LABEL_REVISION)
                .is_some_and(|own| own == revision)
        })
    };
    live.values()
        .filter(|live| live.ours && of_revision(&live.labels))
        .filter_map(|live| live.installation().map(str::to_owned))
        .collect()
}

/// Everything of a mesh, as a plan that wants nothing.
pub(super) fn leftovers(name: &str, live: &Inventory) -> Plan {
    plan(name, &Desired::default(), live, &BTreeSet::new())
}

/// Deletes what is left of a mesh.
pub(super) async fn delete(
    cluster: &Cluster,
    plan: &Plan,
    live: &Inventory,
    printer: &mut Printer,
) -> Result<(), Error> {
    for step in &plan.prunes {
        if let Some(live) = live.get(&step.id) {
            cluster.remove(live).await?;
            printer.say(format_args!("deleted {}", step.id));
        }
    }
    Ok(())
}
