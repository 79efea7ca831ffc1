//! The data plane as it is seen now. Nothing is watched until somebody asks for it: a cluster without
//! a mesh has no data plane, and its pods cost nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kube::Client;
use kube::runtime::watcher::Config;
use mainsheet_core::dataplane::DataPlane;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::feed::follow;
use super::pod::LABEL_INJECTED;
use super::seen::Seen;
use crate::metrics::Metrics;
use crate::shared::Shared;

/// How long changes are gathered before they are told: a rollout is many in a row.
const PACE: Duration = Duration::from_millis(500);
/// Pods that have come to their end use no control plane.
const LIVE: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Watches namespaces and injected pods, and tells when what they come to has changed.
pub struct DataPlaneWatch {
    client: Client,
    metrics: Arc<Metrics>,
    told: watch::Sender<Arc<DataPlane>>,
    tasks: Shared<JoinSet<()>>,
}

impl DataPlaneWatch {
    /// No watch runs yet; see [`DataPlaneWatch::now`].
    pub fn new(client: Client, metrics: Arc<Metrics>) -> Self {
        let (told, _) = watch::channel(Arc::default());
        Self {
            client,
            metrics,
            told,
            tasks: Shared::default(),
        }
    }

    /// What is known now; it is not complete until the watches, which the first call starts, have
    /// seen everything once.
    pub fn now(&self) -> Arc<DataPlane> {
        let mut tasks = self.tasks.lock();
        if tasks.is_empty() {
            self.start(&mut tasks);
        }
        drop(tasks);
        Arc::clone(&self.told.borrow())
    }

    /// Ends when everything has been seen once.
    pub async fn complete(&self) -> Arc<DataPlane> {
        let mut told = self.told.subscribe();
        let now = self.now();
        match told.wait_for(|plane| plane.complete).await {
            Ok(plane) => Arc::clone(&plane),
            // The sender is ours, and cannot be gone.
            Err(_) => now,
        }
    }

    /// What is known has changed; one item may stand for many changes.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + 'static {
        futures::stream::unfold(self.told.subscribe(), |mut told| async {
            told.changed().await.ok().map(|()| ((), told))
        })
    }

    /// Stops the watches and forgets what they have seen: nobody needs it any more.
    pub fn rest(&self) {
        let mut tasks = self.tasks.lock();
        *tasks = JoinSet::new();
        self.told.send_replace(Arc::default());
    }

    fn start(&self, tasks: &mut JoinSet<()>) {
        let seen = Arc::new(Watched::default());
        let watched = Arc::clone(&seen);
        tasks.spawn(follow(
            self.client.clone(),
            Config::default(),
            Arc::clone(&self.metrics),
            move |sighting| watched.take(|seen| seen.namespace(sighting)),
        ));
        let watched = Arc::clone(&seen);
        let injected = Config::default().labels(LABEL_INJECTED).fields(LIVE);
        tasks.spawn(follow(
            self.client.clone(),
            injected,
            Arc::clone(&self.metrics),
            move |sighting| watched.take(|seen| seen.pod(sighting)),
        ));
        tasks.spawn(tell(seen, self.told.clone(), Arc::clone(&self.metrics)));
    }
}

/// What the two watches share with the task that tells of it.
#[derive(Default)]
struct Watched {
    seen: Shared<Seen>,
    changed: Notify,
}

impl Watched {
    fn take(&self, take: impl FnOnce(&mut Seen) -> bool) {
        if take(&mut self.seen.lock()) {
            self.changed.notify_one();
        }
    }
}

async fn tell(watched: Arc<Watched>, told: watch::Sender<Arc<DataPlane>>, metrics: Arc<Metrics>) {
    loop {
        watched.changed.notified().await;
        if told.borrow().complete {
            tokio::time::sleep(PACE).await;
        }
        let plane = watched.seen.lock().data_plane();
        metrics.injected(pods_by_revision(&plane));
        told.send_if_modified(|before| {
            let news = **before != plane;
            if news {
                *before = Arc::new(plane);
            }
            news
        });
    }
}

fn pods_by_revision(plane: &DataPlane) -> BTreeMap<Arc<str>, u32> {
    let mut pods: BTreeMap<Arc<str>, u32> = BTreeMap::new();
    for group in &plane.groups {
        *pods.entry(Arc::clone(&group.revision)).or_default() += group.pods;
    }
    pods
}
