//! The reconcile loop of `MeshInstallation`. This is the controller driver: it runs the pipeline
//! `claim -> resolve -> course -> hold -> freeze -> carry out -> restart -> publish`, with each
//! step in a file of its own. Steps marked "pure" hold no client.

mod adopt;
pub mod alone;
mod approve;
mod ask;
mod carry_out;
mod claim;
mod contest;
mod course;
mod error;
mod freeze;
mod gather;
mod hold;
mod in_use;
mod pass;
mod preflight;
pub mod preview;
mod publish;
mod records;
mod remove;
mod rendered;
mod resolve;
mod restart;
mod retry;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::runtime::Controller;
use kube::runtime::controller::{Action, Error as ControllerError};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::Store as Reflector;
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use mainsheet_core::status::Phase;
use mainsheet_crds::{MeshInstallation, MeshRevision};
use mainsheet_manifests::ObjectId;

use crate::cache::{Caches, describe};
use crate::dataplane::{DataPlaneWatch, Restarts};
use crate::metrics::Metrics;
use crate::shared::Shared;
use course::Knowledge;
use hold::{Hold, leave};
use pass::Pass;

pub use error::Error;
pub(crate) use in_use::configuration;
pub use resolve::ResolveError;

/// After what time a step that failed is tried again.
const RETRY: Duration = Duration::from_secs(5);

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
    rendered: rendered::Memo,
    composed: course::Memo,
    written: records::Written,
    restarts: Restarts,
    orders: restart::Memo,
    answers: ask::Memo,
    published: publish::Memo,
    contests: contest::Contests,
    looked: in_use::Memo,
    checked: preflight::Memo,
    swept: adopt::Swept,
    foreign: Shared<BTreeSet<ObjectId>>,
    /// UIDs of installations that were let go; the watch may still show them.
    released: Shared<BTreeSet<String>>,
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
    let context = Arc::new(Context::new(
        client,
        "mainsheet-operator",
        (Arc::clone(&caches), Arc::clone(&data_plane)),
        metrics,
        (controller.store(), revisions.0),
        kubernetes,
    ));
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
    let pause = context.contests.wake();
    Ok(later.map_or_else(|| pass.wake(pause), Action::requeue))
}

/// One pass: at most one call a step, and no waiting for the cluster to become ready.
async fn drive(installation: &MeshInstallation, context: &Context) -> Result<Pass, Error> {
    claim::claim(installation, context)
        .await
        .map_err(Error::Claim)?;
    let (mut stored, facts) = records::facts(installation, context); // pure
    let asked = context
        .resolved
        .asked(installation, &facts, &context.kubernetes)
        .map_err(Error::Resolve)?; // pure
    claim::refuse_duplicate(installation, &context.others())?; // pure
    let target = resolve::target(installation, &asked, &facts, context).await?;
    if !context.caches.watch(target.rendered.kinds()) {
        return Ok(Pass::waiting("the watches of its kinds to start"));
    }
    adopt::look(installation, &target.rendered.desired, context).await?;
    let knowledge = Knowledge::gather(installation, &asked, &target, &facts, context).await?;
    let (mut course, hold) = hold::course(installation, &facts, &knowledge, context).await?;
    context.contests.review(&mut course.plan);
    if let Some(blocked) = course.plan.blocked.first() {
        return Err(Error::Blocked(blocked.clone()));
    }
    if installation.spec.suspend == Some(true) {
        return Ok(Pass::suspended(facts, &target, course));
    }
    freeze::freeze(installation, &target, &mut stored, &course, context).await?;
    if adopt::take_over(&course, context).await? {
        return Ok(Pass::taking_over());
    }
    let applied = carry_out::carry_out(&course, course.is_of_active(&facts), context)
        .await
        .map_err(Error::CarryOut)?;
    let facts = course::stored(&facts, &target, &course.transition); // pure
    let reached = course::course(&facts, &knowledge, None, leave(hold.as_ref()), context)?; // pure
    freeze::freeze(installation, &target, &mut stored, &reached, context).await?;
    let facts = course::stored(&facts, &target, &reached.transition); // pure
    let mut pass = Pass::new(facts, &target, (course, reached), applied);
    if let Some(Hold::Approval(gate)) = hold {
        approve::write_out(installation, &knowledge, gate, &mut pass, context).await;
    }
    retry::answer(installation, &pass, context).await?;
    adopt::sweep(installation, &target.want.record, &pass, context).await?;
    restart::restart(installation, &knowledge, &mut pass, context).await?;
    ask::ask(&knowledge, &mut pass, context).await?;
    freeze::forget_past(&knowledge, &pass, context).await?;
    Ok(pass)
}

// === impl Context ===

impl Context {
    /// What reconciles share at their beginning: nothing is remembered yet. `reporter` is who signs
    /// Events, `kubernetes` the version of the API server.
    fn new(
        client: Client,
        reporter: &str,
        (caches, data_plane): (Arc<Caches>, Arc<DataPlaneWatch>),
        metrics: Arc<Metrics>,
        (installations, revisions): (Reflector<MeshInstallation>, Reflector<MeshRevision>),
        kubernetes: String,
    ) -> Self {
        Self {
            events: Recorder::new(client.clone(), Reporter::from(reporter)),
            restarts: Restarts::new(client.clone()),
            client,
            caches,
            data_plane,
            metrics,
            installations,
            revisions,
            kubernetes,
            resolved: resolve::Memo::default(),
            rendered: rendered::Memo::default(),
            composed: course::Memo::default(),
            written: records::Written::default(),
            orders: restart::Memo::default(),
            answers: ask::Memo::default(),
            published: publish::Memo::default(),
            contests: contest::Contests::default(),
            looked: in_use::Memo::default(),
            checked: preflight::Memo::default(),
            swept: adopt::Swept::default(),
            foreign: Shared::default(),
            released: Shared::default(),
        }
    }

    /// Every installation that has not been let go.
    fn others(&self) -> Vec<Arc<MeshInstallation>> {
        let released = self.released.lock();
        let mut all = self.installations.state();
        all.retain(|one| !one.uid().is_some_and(|uid| released.contains(&uid)));
        all
    }

    /// An installation is gone: nothing is remembered of it, and whoever waited for it may go on.
    fn forget(&self, installation: &MeshInstallation) {
        let uid = installation.uid().unwrap_or_default();
        let name = installation.name_any();
        self.resolved.forget(&uid);
        self.published.forget(&uid);
        self.looked.forget(&uid);
        self.checked.forget(&uid);
        self.swept.forget(&name);
        self.rendered.tidy(&name, &BTreeSet::new());
        self.composed.forget(&name);
        self.orders.forget(&name);
        self.answers.forget(&name);
        self.metrics.forget(&name);
        self.released.lock().insert(uid);
        if self.others().is_empty() {
            self.data_plane.rest();
        }
        self.caches.wake();
    }
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
