//! The plan is carried out from here: what the operator would do, by its own code.

use std::time::Duration;

use futures::StreamExt;
use kube::Resource;
use mainsheet_core::plan::Plan;
use mainsheet_core::status::Phase;
use mainsheet_crds::{MeshInstallation, MeshInstallationSpec};
use mainsheet_operator::controller::alone::{Alone, Progress as Step};
use mainsheet_profiles::Resolved;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{DryRun, Install};
use crate::cluster::Cluster;
use crate::error::Error;
use crate::input::Wanted;
use crate::mesh::{
    Limit, installed_in, lines, plan_of, print_plan, resolve_over, sentence, totals,
};
use crate::printer::Printer;
use crate::progress::{Line, Progress};
use crate::prompt::{confirm, rehearsed};

/// After what time a write that failed is made again.
const RETRY: Duration = Duration::from_secs(5);

pub(super) async fn carry_out(
    args: &Install,
    cluster: &Cluster,
    wanted: &Wanted,
    printer: &mut Printer,
) -> Result<(), Error> {
    if args.adoption.is_wanted() {
        return Err(Error::Refused(
            "--adopt: what another installer has made is taken over by the operator alone; install it first: mainsheet operator manifests".to_owned(),
        ));
    }
    if wanted
        .spec
        .tags
        .as_ref()
        .is_some_and(|tags| !tags.is_empty())
    {
        printer.warn(
            "spec.tags: without an operator they are not carried out; see `mainsheet tag set`",
        );
    }
    let kubernetes = cluster.kubernetes().await?;
    let live = cluster.inventory().await?;
    let installed = installed_in(&live, &wanted.name);
    let resolved = resolve_over(wanted, installed, Some(kubernetes.clone()))?;
    let plan = plan_of(cluster, &resolved, wanted.spec.drift, &live).await?;
    printer.say(format_args!(
        "mesh {}: {}",
        wanted.name,
        sentence(&resolved)
    ));
    if args.dry_run != DryRun::None {
        return rehearse(args, cluster, &resolved, &plan, printer).await;
    }
    printer.say(totals(&plan));
    confirm("Go ahead?", args.yes, printer)?;
    let alone = Alone::new(
        cluster.client.clone(),
        kubernetes,
        wanted.spec.drift.unwrap_or_default(),
    );
    follow(args, &alone, &resolved, printer).await?;
    printer.say(format_args!(
        "mesh {} is applied; nobody keeps it so: an operator would (mainsheet operator manifests)",
        wanted.name
    ));
    Ok(())
}

/// Steps until the mesh is ready. Without waiting, until every wave that can be has been applied.
async fn follow(
    args: &Install,
    alone: &Alone,
    resolved: &Resolved,
    printer: &mut Printer,
) -> Result<(), Error> {
    let mut changes = Box::pin(alone.changes());
    let mut progress = Progress::new(printer);
    let limit = args.waiting.most();
    let deadline = Instant::now() + limit.duration();
    loop {
        let step = alone.step(resolved, args.force_conflicts);
        // The first step waits until everything that is there has been listed.
        let Ok(step) = timeout_at(deadline, step).await else {
            return Err(timed_out(
                resolved,
                limit,
                "the cluster to say what is there".to_owned(),
            ));
        };
        let step = step?;
        progress.show(&shown(resolved, &step));
        let still = match step.phase {
            Phase::Ready => return Ok(()),
            Phase::Stalled(reason, message) => {
                return Err(Error::Stalled {
                    name: format!("mesh {}", resolved.installation),
                    reason: reason.to_owned(),
                    message,
                });
            }
            Phase::Working(_, message) | Phase::Suspended(message) => message,
        };
        if args.waiting.limit().is_none() {
            progress.note(&format!(
                "not waiting for the rest: {still}; the next `mainsheet install` goes on"
            ));
            return Ok(());
        }
        tokio::select! {
            _ = changes.next() => {}
            () = sleep(RETRY) => {}
            () = sleep_until(deadline) => return Err(timed_out(resolved, limit, still)),
        }
    }
}

fn timed_out(resolved: &Resolved, limit: &Limit, still: String) -> Error {
    Error::TimedOut {
        name: format!("mesh {}", resolved.installation),
        wanted: "ready",
        limit: limit.to_string(),
        still,
    }
}

/// The lines of a MeshInstallation with this status, under the name of what is really there.
fn shown(resolved: &Resolved, step: &Step) -> Vec<Line> {
    let name = &resolved.installation;
    let mut shown = MeshInstallation::new(name, MeshInstallationSpec::default());
    shown.meta_mut().generation = step.status.observed_generation;
    shown.status = Some(step.status.clone());
    let mut lines = lines(&shown);
    if let Some(whole) = lines.last_mut() {
        whole.name = format!("mesh {name}");
    }
    lines
}

async fn rehearse(
    args: &Install,
    cluster: &Cluster,
    resolved: &Resolved,
    plan: &Plan,
    printer: &mut Printer,
) -> Result<(), Error> {
    if args.dry_run == DryRun::Server {
        let left = cluster
            .try_writes(resolved, plan, args.force_conflicts)
            .await?;
        if left > 0 {
            printer.say(format_args!(
                "{left} objects were not tried: their namespace or role is not there yet"
            ));
        }
    }
    print_plan(plan, printer)?;
    rehearsed(printer);
    Ok(())
}
