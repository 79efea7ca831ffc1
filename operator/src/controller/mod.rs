//! The reconcile loop of `MeshInstallation`. This is the controller driver: it runs the pipeline
//! `claim -> resolve -> freeze -> plan -> carry out -> settle -> publish`, with each step in a
//! file of its own. Steps marked "pure" hold no client.

pub mod alone;
mod carry_out;
mod claim;
mod error;
mod freeze;
mod publish;
mod records;
mod remove;
mod resolve;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::runtime::Controller;
use kube::runtime::controller::{Action, Error as ControllerError};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::Store as Reflector;
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use mainsheet_core::dataplane::DataPlane;
use mainsheet_core::plan::{self, Plan};
use mainsheet_core::record::Outcome;
use mainsheet_core::status::{Facts, Phase, Resolved};
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::{MeshInstallation, MeshRevision};
use mainsheet_manifests::ObjectId;

use crate::cache::{Caches, describe};
use crate::dataplane::DataPlaneWatch;
use crate::metrics::Metrics;

pub use error::Error;

/// After what time a step that failed is tried again, and a stalled one looked at again.
const RETRY: Duration = Duration::from_secs(5);
const STALLED: Duration = Duration::from_mins(1);

/// Everything that reconciles share.
pub struct Context {
    client: Client,
    caches: Arc<Caches>,
    data_plane: Arc<DataPlaneWatch>,
    metrics: Arc<Metrics>,
    installations: Reflector<MeshInstallation>,
    revisions: Reflector<MeshRevision>,
    events: Recorder,
    kubernetes: String,
    resolved: resolve::Memo,
    published: publish::Memo,
    foreign: Mutex<BTreeSet<ObjectId>>,
    /// UIDs of installations that were let go; the watch may still show them.
    released: Mutex<BTreeSet<String>>,
}

/// What one pass over an installation came to.
struct Pass {
    phase: Phase,
    target: Option<Arc<resolve::Target>>,
    records: Outcome,
    plan: Option<Plan>,
}

/// Runs until `stop` ends. `revisions` must be fed by a running watch.
pub async fn run(
    client: Client,
    (caches, data_plane): (Arc<Caches>, Arc<DataPlaneWatch>),
    metrics: Arc<Metrics>,
    revisions: (
        Reflector<MeshRevision>,
        impl Stream<Item = ()> + Send + 'static,
    ),
    kubernetes: String,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let api: Api<MeshInstallation> = Api::all(client.clone());
    let controller = Controller::new(api, watcher::Config::default());
    let context = Arc::new(Context {
        events: Recorder::new(client.clone(), Reporter::from("mainsheet-operator")),
        installations: controller.store(),
        revisions: revisions.0,
        client,
        metrics,
        kubernetes,
        resolved: resolve::Memo::default(),
        published: publish::Memo::default(),
        foreign: Mutex::default(),
        released: Mutex::default(),
        caches: Arc::clone(&caches),
        data_plane: Arc::clone(&data_plane),
    });
    let changes = futures::stream::select(caches.changes(), data_plane.changes());
    controller
        .reconcile_all_on(futures::stream::select(changes, revisions.1))
        .graceful_shutdown_on(stop)
        .run(reconcile, retry, context)
        .for_each(|result| async {
            // A failed reconcile is told by `retry`; what is left are failed watches.
            if let Err(ControllerError::QueueError(error)) = result {
                tracing::warn!(error = %describe(&error), "cannot watch MeshInstallations; are the CRDs installed?");
            }
        })
        .await;
}

async fn reconcile(
    installation: Arc<MeshInstallation>,
    context: Arc<Context>,
) -> Result<Action, Error> {
    let started = std::time::Instant::now();
    let name = installation.name_any();
    let result = match installation.meta().deletion_timestamp {
        Some(_) => remove::remove(&installation, &context).await,
        None => drive(&installation, &context).await.map(Some),
    };
    let pass = match result {
        Ok(Some(pass)) => pass,
        Ok(None) => return Ok(Action::await_change()),
        Err(error) => Pass::failed(&error),
    };
    let later = publish::publish(&installation, &context, &pass)
        .await
        .map_err(Error::Publish)?;
    let ready = pass.phase == Phase::Ready;
    context
        .metrics
        .reconciled(&name, pass.outcome(), ready, started.elapsed());
    Ok(later.map_or_else(|| pass.wake(), Action::requeue))
}

/// One pass: at most one call a step, and no waiting for the cluster to become ready.
async fn drive(installation: &MeshInstallation, context: &Context) -> Result<Pass, Error> {
    claim::claim(installation, context)
        .await
        .map_err(Error::Claim)?;
    let target = context
        .resolved
        .target(installation, &context.kubernetes)
        .map_err(Error::Resolve)?; // pure
    claim::refuse_duplicate(installation, &context.others())?; // pure
    if !context.caches.watch(target.kinds()) {
        return Ok(Pass::waiting("the watches of its kinds to start"));
    }
    let records = freeze::freeze(installation, &target, context)
        .await
        .map_err(Error::Freeze)?;
    let plan = plan(installation, &target, context); // pure
    if let Some(blocked) = plan.blocked.first() {
        return Err(Error::Blocked(blocked.clone()));
    }
    if installation.spec.suspend == Some(true) {
        return Ok(Pass::suspended(target, &records, &plan));
    }
    let reached = records.reached(&target.record);
    let applied = carry_out::carry_out(&target, &plan, reached, context)
        .await
        .map_err(Error::CarryOut)?;
    let records = records
        .settle(installation, &target, applied.is_ready(), context)
        .await
        .map_err(Error::Settle)?;
    Ok(Pass {
        phase: applied.phase,
        target: Some(target),
        records,
        plan: Some(plan),
    })
}

// === impl Context ===

impl Context {
    /// Every installation that has not been let go.
    fn others(&self) -> Vec<Arc<MeshInstallation>> {
        let released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.installations.state();
        all.retain(|one| !one.uid().is_some_and(|uid| released.contains(&uid)));
        all
    }

    /// An installation is gone: nothing is remembered of it, and whoever waited for it may go on.
    fn forget(&self, installation: &MeshInstallation) {
        let uid = installation.uid().unwrap_or_default();
        self.resolved.forget(&uid);
        self.published.forget(&uid);
        self.metrics.forget(&installation.name_any());
        self.released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(uid);
        if self.others().is_empty() {
            self.data_plane.rest();
        }
        self.caches.wake();
    }
}

fn plan(installation: &MeshInstallation, target: &resolve::Target, context: &Context) -> Plan {
    let foreign = context
        .foreign
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let store = context.caches.store();
    store.with(|live| plan::plan(&installation.name_any(), &target.desired, live, &foreign))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature is the Controller's"
)]
fn retry(installation: Arc<MeshInstallation>, error: &Error, context: Arc<Context>) -> Action {
    let name = installation.name_any();
    tracing::warn!(installation = %name, error = %describe(error), "reconcile failed");
    context
        .metrics
        .reconciled(&name, "error", false, Duration::ZERO);
    Action::requeue(RETRY)
}

// === impl Pass ===

impl Pass {
    /// A pass that has nothing to say but how far it came.
    fn of(phase: Phase) -> Self {
        Self {
            phase,
            target: None,
            records: Outcome::default(),
            plan: None,
        }
    }

    fn failed(error: &Error) -> Self {
        Self::of(error.phase())
    }

    fn waiting(what: &str) -> Self {
        Self::of(Phase::Working(
            reasons::WAITING,
            format!("waiting for {what}"),
        ))
    }

    fn suspended(target: Arc<resolve::Target>, records: &records::Records, plan: &Plan) -> Self {
        let open = plan.writes().count() + plan.prunes.len();
        let message = match open {
            0 => String::new(),
            1 => "1 object differs from what is wanted".to_owned(),
            many => format!("{many} objects differ from what is wanted"),
        };
        Self {
            phase: Phase::Suspended(message),
            records: records.as_they_are(&target),
            target: Some(target),
            plan: None,
        }
    }

    fn outcome(&self) -> &'static str {
        match &self.phase {
            Phase::Ready => "ready",
            Phase::Working(..) => "working",
            Phase::Stalled(..) => "stalled",
            Phase::Suspended(_) => "suspended",
        }
    }

    /// Watches bring the next pass; a failed or stalled one also comes by itself, since a changed
    /// role or a freed name is not watched.
    fn wake(&self) -> Action {
        match &self.phase {
            Phase::Working(reason, _) if *reason == reasons::APPLY_FAILED => Action::requeue(RETRY),
            Phase::Stalled(..) => Action::requeue(STALLED),
            Phase::Ready | Phase::Working(..) | Phase::Suspended(_) => Action::await_change(),
        }
    }

    fn facts<'a>(
        &'a self,
        installation: &'a MeshInstallation,
        live: &'a mainsheet_core::plan::Inventory,
        data_plane: &'a DataPlane,
    ) -> Facts<'a> {
        Facts {
            generation: installation.meta().generation.unwrap_or_default(),
            phase: self.phase.clone(),
            requested: installation
                .annotations()
                .get(mainsheet_crds::meta::ANNOTATION_RECONCILE)
                .map(String::as_str),
            resolved: self.target.as_ref().map(|target| Resolved {
                version: &target.version,
                revision: &target.istio_revision,
                record: &target.record,
                revisions: records::statuses(&self.records),
                desired: &target.desired,
                live,
                data_plane,
                plan: self.plan.as_ref(),
            }),
        }
    }
}
