//! The same steps without an operator in the cluster: a resolved mesh is planned and carried out
//! from where this runs, with no MeshInstallation and no record behind it.
//!
//! The objects get the operator's field manager, so that an operator that comes later finds its own
//! objects, and fields that it no longer wants go away with its first apply.

use std::sync::Arc;

use futures::Stream;
use kube::Client;
use kube::runtime::reflector;
use mainsheet_core::dataplane::DataPlane;
use mainsheet_core::plan;
use mainsheet_core::status::{self, Facts, Phase};
use mainsheet_crds::MeshInstallationStatus;
use mainsheet_crds::installation::Drift;

use super::carry_out::carry_out;
use super::course::Course;
use super::rendered::Rendered;
use super::{Context, Error};
use crate::cache::Caches;
use crate::dataplane::DataPlaneWatch;
use crate::metrics::Metrics;
use crate::run::now;

/// What carries out a mesh by itself.
pub struct Alone {
    context: Context,
    drift: Drift,
}

/// How far a mesh has come, as the status of a MeshInstallation would say it.
#[derive(Debug)]
pub struct Progress {
    /// How far it has come.
    pub phase: Phase,
    /// Components and conditions.
    pub status: MeshInstallationStatus,
}

impl Alone {
    /// Nothing is asked or watched yet. `kubernetes` is the version of the API server, `drift` what
    /// becomes of what others have added.
    pub fn new(client: Client, kubernetes: String, drift: Drift) -> Self {
        let metrics = Arc::new(Metrics::default());
        let caches = Arc::new(Caches::new(client.clone(), Arc::clone(&metrics)));
        let data_plane = Arc::new(DataPlaneWatch::new(client.clone(), Arc::clone(&metrics)));
        // Nobody feeds these: there are no installations and no records.
        let nobody = (reflector::store().0, reflector::store().0);
        let context = Context::new(
            client,
            "mainsheet",
            (caches, data_plane),
            metrics,
            nobody,
            kubernetes,
        );
        Self { context, drift }
    }

    /// Goes as far as the cluster is ready for. `take_over` takes fields that others mean
    /// otherwise.
    ///
    /// # Errors
    /// When the mesh cannot be rendered. What the API server says is in the progress.
    pub async fn step(
        &self,
        mesh: &mainsheet_profiles::Resolved,
        take_over: bool,
    ) -> Result<Progress, Error> {
        let rendered = Rendered::new(mesh.clone(), &mesh.hash());
        let mut rendered = rendered.map_err(|error| Error::Resolve(error.into()))?;
        rendered.desired = rendered.desired.held(self.drift);
        let kinds: Vec<_> = Caches::always().chain(rendered.kinds()).collect();
        self.context.caches.watch(kinds.iter().copied());
        self.context.caches.synced(kinds).await;
        let course = Course::alone(&rendered, self.plan(&rendered));
        let phase = match course.plan.blocked.first() {
            Some(blocked) => Error::Blocked(blocked.clone()).phase(),
            None => match carry_out(&course, take_over, &self.context).await {
                Ok(applied) => applied.phase,
                Err(error) => Error::CarryOut(error).phase(),
            },
        };
        let status = self.status(&phase, &rendered, &course);
        Ok(Progress { phase, status })
    }

    /// Something has changed that the next step would see.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + 'static {
        self.context.caches.changes()
    }

    fn plan(&self, rendered: &Rendered) -> plan::Plan {
        let foreign = self.context.foreign.lock();
        let store = self.context.caches.store();
        store.with(|live| {
            plan::plan(
                &rendered.resolved.installation,
                &rendered.desired,
                live,
                &foreign,
            )
        })
    }

    fn status(
        &self,
        phase: &Phase,
        rendered: &Rendered,
        course: &Course,
    ) -> MeshInstallationStatus {
        // The data plane is not watched: nothing is said of it.
        let unknown = DataPlane::default();
        self.context.caches.store().with(|live| {
            let facts = Facts {
                generation: 1,
                phase: phase.clone(),
                requested: None,
                conflicts: Vec::new(),
                resolved: Some(status::Resolved {
                    version: &rendered.resolved.version,
                    revision: rendered.resolved.istio_revision(),
                    active: None,
                    record: &rendered.record,
                    revisions: Vec::new(),
                    desired: &rendered.desired,
                    apart: &course.composition.apart,
                    live,
                    data_plane: &unknown,
                    plan: Some(&course.plan),
                    awaited: None,
                    upgrade: None,
                }),
            };
            status::next(&MeshInstallationStatus::default(), &facts, now())
        })
    }
}
