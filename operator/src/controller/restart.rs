//! Workloads restart, a few at a time, and waves are measured: what the machine has ordered.

use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use mainsheet_core::analysis::{self, Judgement};
use mainsheet_core::dataplane::DataPlane;
use mainsheet_core::restart::{Note, Order, Report, Target, members};
use mainsheet_core::upgrade::{Policy, Restarts, Rollouts};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::UpgradePhase;

use super::course::Knowledge;
use super::pass::Pass;
use super::{Context, Error};
use crate::dataplane::measure;
use crate::run::now;
use crate::shared::Memory;

/// How soon rollouts are looked at again that no pod tells of.
const AGAIN: Duration = Duration::from_secs(2);
/// How soon news are acted on.
const SOON: Duration = Duration::from_millis(100);

/// What came of the last orders, by installation.
pub(super) type Memo = Memory<Last>;

#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// What came of the restarts.
    pub(super) rollouts: Rollouts,
    measured_at: Option<Timestamp>,
    measured: Option<Judgement>,
}

/// The last measurement, once.
pub(super) fn measured(installation: &str, context: &Context) -> Option<Judgement> {
    context
        .orders
        .change(installation, |last| last.measured.take())
}

/// One step of the restarts that are ordered, and a measurement, if that is.
pub(super) async fn restart(
    installation: &MeshInstallation,
    knowledge: &Knowledge<'_>,
    pass: &mut Pass,
    context: &Context,
) -> Result<(), Error> {
    let Some(known) = &pass.known else {
        return Ok(());
    };
    let name = &knowledge.installation;
    let back = known
        .transition
        .upgrade
        .as_ref()
        .is_some_and(|upgrade| upgrade.phase == UpgradePhase::RollingBack);
    let measure = known.transition.measure;
    let soon = match known.transition.restarts.clone() {
        None => {
            context.restarts.forget(name);
            context
                .orders
                .change(name, |last| last.rollouts = Rollouts::default());
            None
        }
        Some(restarts) => {
            let report = step(name, &restarts, back, &knowledge.plane, context).await?;
            let rollouts = rollouts(&report);
            let news = context.orders.change(name, |last| {
                let news = last.rollouts != rollouts;
                last.rollouts = rollouts;
                news
            });
            Some(if news { SOON } else { AGAIN })
        }
    };
    if let Some(soon) = soon {
        pass.again(soon);
    }
    if measure && measure_wave(installation, knowledge.policy, context).await {
        pass.again(SOON);
    }
    Ok(())
}

async fn step(
    name: &str,
    restarts: &Restarts,
    undaunted: bool,
    plane: &DataPlane,
    context: &Context,
) -> Result<Report, Error> {
    let ours = DataPlane {
        complete: plane.complete,
        namespaces: plane.namespaces.clone(),
        groups: plane
            .groups
            .iter()
            .filter(|group| {
                restarts.revisions.contains(&*group.revision) || *group.revision == *restarts.target
            })
            .cloned()
            .collect(),
    };
    let target = Target {
        revision: &restarts.target,
        not_before: restarts.since,
    };
    let selected = |workload: &mainsheet_core::dataplane::Workload| {
        restarts.namespaces.contains(&*workload.namespace)
    };
    let members = members(&ours, selected, &target);
    let order = Order {
        parallel: usize::try_from(restarts.parallel).unwrap_or(1),
        began: restarts.began,
        undaunted,
    };
    let step = context.restarts.step(name, &members, order, now()).await;
    step.map_err(Error::Restart)
}

fn rollouts(report: &Report) -> Rollouts {
    let names = |notes: &[Note]| notes.iter().map(|note| note.workload.to_string()).collect();
    let words = |notes: &[Note]| notes.iter().map(ToString::to_string).collect();
    Rollouts {
        in_flight: names(&report.in_flight),
        failed: words(&report.failed),
        left_to_owners: names(&report.left),
        held: words(&report.held),
    }
}

/// Measures, if the last time is long enough ago. Says whether there is news.
async fn measure_wave(installation: &MeshInstallation, policy: &Policy, context: &Context) -> bool {
    let name = installation.name_any();
    let due = context.orders.change(&name, |last| {
        let due = last
            .measured_at
            .is_none_or(|at| now().duration_since(at) >= policy.interval);
        if due {
            last.measured_at = Some(now());
        }
        due
    });
    let prometheus = installation
        .spec
        .upgrade
        .as_ref()
        .and_then(|upgrade| upgrade.data_plane.as_ref())
        .and_then(|plane| plane.analysis.as_ref())
        .and_then(|analysis| analysis.prometheus.as_ref());
    let Some(prometheus) = prometheus.filter(|_| due) else {
        return false;
    };
    let judgement = analysis::judge(&measure(prometheus).await);
    tracing::info!(installation = %name, %judgement, "measured");
    context
        .orders
        .change(&name, |last| last.measured = Some(judgement));
    true
}
