//! A MeshInstallation is applied; the operator does the work.

use mainsheet_crds::MeshInstallation;

use super::{DryRun, Install};
use crate::cluster::{Apply, Cluster};
use crate::error::Error;
use crate::input::Wanted;
use crate::mesh::{foresee, print_plan, remark, resolve_in, summary, until_ready};
use crate::printer::Printer;
use crate::prompt::{confirm, rehearsed};

pub(super) async fn carry_out(
    args: &Install,
    cluster: &Cluster,
    wanted: &Wanted,
    before: Option<&MeshInstallation>,
    printer: &mut Printer,
) -> Result<(), Error> {
    if args.dry_run != DryRun::None {
        return rehearse(args, cluster, wanted, before, printer).await;
    }
    // The operator would say the same, a little later.
    let resolved = resolve_in(wanted, before, None)?;
    printer.say(summary(&resolved, before));
    confirm("Go ahead?", args.yes, printer)?;
    cluster
        .apply(&wanted.name, &wanted.object, how(args))
        .await?;
    printer.say(format_args!("MeshInstallation {} applied", wanted.name));
    match args.waiting.limit() {
        Some(limit) => until_ready(cluster, &wanted.name, limit, printer).await,
        None => Ok(()),
    }
}

async fn rehearse(
    args: &Install,
    cluster: &Cluster,
    wanted: &Wanted,
    before: Option<&MeshInstallation>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let foreseen = foresee(cluster, wanted, before).await?;
    if args.dry_run == DryRun::Server {
        cluster
            .apply(&wanted.name, &wanted.object, how(args))
            .await?;
    }
    printer.say(summary(&foreseen.resolved, before));
    print_plan(&foreseen.plan, printer)?;
    remark(&wanted.name, &foreseen, printer)?;
    rehearsed(printer);
    Ok(())
}

fn how(args: &Install) -> Apply {
    Apply {
        force: args.force_conflicts,
        dry_run: args.dry_run == DryRun::Server,
    }
}
