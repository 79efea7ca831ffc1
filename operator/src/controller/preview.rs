//! What the operator would do if a spec were stored: its own steps as far as the plan, over what has
//! been read of a cluster once. Nothing is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use kube::runtime::{reflector, watcher};
use mainsheet_core::desired::Desired;
use mainsheet_core::plan::{Inventory, Plan, maybe_foreign};
use mainsheet_core::upgrade::{Leave, Said};
use mainsheet_crds::{MeshInstallation, MeshRevision};
use mainsheet_manifests::ObjectId;
use mainsheet_profiles::Resolved;

use super::course::{self, Knowledge};
use super::{Context, Error, adopt, claim, gather, records, resolve};
use crate::cache::Caches;
use crate::dataplane::DataPlaneWatch;
use crate::metrics::Metrics;

/// What has been read of a cluster. The data plane is not: where the next step depends on it, the
/// state machine answers that it waits.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Everything that carries Mainsheet's label.
    pub live: Inventory,
    /// Every MeshInstallation.
    pub installations: Vec<MeshInstallation>,
    /// Every MeshRevision.
    pub revisions: Vec<MeshRevision>,
}

/// What the operator would do.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// What the wanted record resolves to: that of a candidate has a revision of its own.
    pub resolved: Resolved,
    /// Istio revision that runs, where the wanted record comes up beside it.
    pub beside: Option<String>,
    /// The objects that are wanted now.
    pub desired: Desired,
    /// Of these, what somebody else has made and what serves as well.
    pub foreign: BTreeSet<ObjectId>,
    /// What would be written.
    pub plan: Plan,
    /// What the status would say beside.
    pub said: Said,
}

/// Answers what the operator would do.
pub struct Preview {
    context: Context,
}

impl Preview {
    /// Nothing is asked yet. `kubernetes` is the version of the API server.
    pub fn new(client: Client, kubernetes: String, snapshot: Snapshot) -> Self {
        let metrics = Arc::new(Metrics::default());
        let caches = Arc::new(Caches::new(client.clone(), Arc::clone(&metrics)));
        let data_plane = Arc::new(DataPlaneWatch::new(client.clone(), Arc::clone(&metrics)));
        for live in snapshot.live.into_values() {
            caches.store().put(live);
        }
        let stored = (holding(snapshot.installations), holding(snapshot.revisions));
        let watches = (caches, data_plane);
        let context = Context::new(client, "mainsheet", watches, metrics, stored, kubernetes);
        Self { context }
    }

    /// What was read of the mesh's objects. The look must not wait for anything.
    pub fn live<T>(&self, look: impl FnOnce(&Inventory) -> T) -> T {
        self.context.caches.store().with(look)
    }

    /// What would be done with this installation. Approval is taken for given, and the checks before
    /// a change (`mainsheet precheck`) for passed.
    ///
    /// # Errors
    /// What the operator would end its pass with.
    pub async fn of(&self, installation: &MeshInstallation) -> Result<Foreseen, Error> {
        let context = &self.context;
        let (_, facts) = records::facts(installation, context); // pure
        let asked = context
            .resolved
            .asked(installation, &facts, &context.kubernetes)
            .map_err(Error::Resolve)?; // pure
        claim::refuse_duplicate(installation, &context.others())?; // pure
        let target = resolve::target(installation, &asked, &facts, context).await?;
        self.find_foreign(&target.rendered.desired).await?;
        adopt::look(installation, &target.rendered.desired, context).await?;
        let knowledge = Knowledge::gather(installation, &asked, &target, &facts, context).await?;
        let course = course::course(&facts, &knowledge, None, Leave::Given, context)?; // pure
        adopt::refuse(installation, &course.plan)?; // pure
        let wanted = &target.want.istio_revision;
        let runs = facts.active().map(|active| active.istio_revision.clone());
        Ok(Foreseen {
            beside: runs.filter(|runs| runs != wanted),
            resolved: target.rendered.resolved.clone(),
            desired: course.composition.desired.clone(),
            foreign: context.foreign.lock().clone(),
            plan: course.plan,
            said: course.transition.said,
        })
    }

    /// Finds the namespaces and CRDs of somebody else, which serve as well. The operator learns of
    /// them when it is refused.
    async fn find_foreign(&self, desired: &Desired) -> Result<(), Error> {
        let context = &self.context;
        let unknown = self.live(|live| maybe_foreign(desired, live));
        let reads = unknown.iter().map(|id| gather::is_there(id, context));
        let there: Vec<bool> = stream::iter(reads)
            .buffered(gather::PARALLEL)
            .try_collect()
            .await?;
        let found = unknown.iter().zip(there).filter(|(_, there)| *there);
        let found = found.map(|(id, _)| id.clone());
        context.foreign.lock().extend(found);
        Ok(())
    }
}

/// A store that holds these and is fed no more.
fn holding<K>(objects: Vec<K>) -> reflector::Store<K>
where
    K: kube::Resource<DynamicType = ()> + Clone + 'static,
{
    let (store, mut writer) = reflector::store();
    for object in objects {
        writer.apply_watcher_event(&watcher::Event::Apply(object));
    }
    store
}
