//! One watch for each kind, feeding the store and waking the controller.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use kube::Client;
use kube::api::{Api, ApiResource};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use mainsheet_core::live::Live;
use mainsheet_crds::meta;
use mainsheet_manifests::{Kind, ObjectId};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Store;
use super::whole::Whole;
use crate::metrics::Metrics;
use crate::shared::Shared;

/// How many objects one page of a list holds: a page is in memory as a whole, and CRDs are large.
const PAGE: u32 = 20;
const PAGE_OF_CRDS: u32 = 2;

/// The watches and what they have seen.
pub struct Caches {
    client: Client,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    changes: watch::Sender<u64>,
    watched: Shared<(BTreeSet<Kind>, JoinSet<()>)>,
}

impl Caches {
    /// No watch runs yet; see [`Caches::watch`].
    pub fn new(client: Client, metrics: Arc<Metrics>) -> Self {
        let (changes, _) = watch::channel(0);
        Self {
            client,
            store: Arc::default(),
            metrics,
            changes,
            watched: Shared::default(),
        }
    }

    /// What has been seen.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Kinds that every cluster serves; the others exist only where their CRD does.
    pub fn always() -> impl Iterator<Item = Kind> {
        Kind::ALL
            .iter()
            .copied()
            .filter(|kind| !Self::is_optional(*kind))
    }

    fn is_optional(kind: Kind) -> bool {
        matches!(kind, Kind::NetworkAttachmentDefinition | Kind::Telemetry)
    }

    /// Watches these kinds from now on; says whether all of them have been seen whole already.
    pub fn watch(&self, kinds: impl IntoIterator<Item = Kind>) -> bool {
        let mut watched = self.watched.lock();
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        for kind in &kinds {
            if watched.0.insert(*kind) {
                watched.1.spawn(feed(
                    *kind,
                    self.client.clone(),
                    Arc::clone(&self.store),
                    Arc::clone(&self.metrics),
                    self.changes.clone(),
                ));
            }
        }
        drop(watched);
        self.store.is_synced(kinds)
    }

    /// Ends when the kinds have been seen whole.
    pub async fn synced(&self, kinds: impl IntoIterator<Item = Kind> + Clone) {
        let mut changes = self.changes.subscribe();
        while !self.store.is_synced(kinds.clone()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Has everything reconciled once more.
    pub fn wake(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Something that a reconcile reads has changed; one item may stand for many changes.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + 'static {
        let receiver = self.changes.subscribe();
        futures::stream::unfold(receiver, |mut receiver| async {
            receiver.changed().await.ok().map(|()| ((), receiver))
        })
    }
}

async fn feed(
    kind: Kind,
    client: Client,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    changes: watch::Sender<u64>,
) {
    let selector = format!("{}={}", meta::LABEL_MANAGED_BY, meta::MANAGED_BY);
    let page = match kind {
        Kind::CustomResourceDefinition => PAGE_OF_CRDS,
        _ => PAGE,
    };
    let config = watcher::Config::default().labels(&selector).page_size(page);
    let api: Api<Whole> = Api::all_with(client, &resource(kind));
    let events = watcher::watcher(api, config).default_backoff();
    let mut events = pin!(events);
    let mut listed = BTreeSet::new();
    loop {
        match events.try_next().await {
            Ok(Some(event)) => {
                metrics.watch_event(kind.as_str());
                if take(kind, event, &store, &mut listed) {
                    changes.send_modify(|count| *count = count.wrapping_add(1));
                }
            }
            Ok(None) => return,
            // A kind that nobody serves has no objects. Its CRD may be what is installed next, so the
            // watch goes on trying, and nothing waits for it.
            Err(error) if is_not_served(&error) => {
                if !store.is_synced([kind]) {
                    store.finish(kind, &BTreeSet::new());
                    changes.send_modify(|count| *count = count.wrapping_add(1));
                }
                tracing::debug!(%kind, "is not served yet");
            }
            Err(error) => {
                metrics.watch_error(kind.as_str());
                tracing::warn!(%kind, error = %describe(&error), "watch failed; it is tried again");
            }
        }
    }
}

/// Whether the API server does not know the kind.
fn is_not_served(error: &watcher::Error) -> bool {
    matches!(
        error,
        watcher::Error::InitialListFailed(kube::Error::Api(status)) if status.code == 404
    )
}

/// Takes in one event; says whether a reconcile has something new to see.
fn take(kind: Kind, event: Event<Whole>, store: &Store, listed: &mut BTreeSet<ObjectId>) -> bool {
    match event {
        Event::Init => {
            listed.clear();
            false
        }
        Event::InitApply(object) => {
            if let Some(live) = live(kind, object) {
                listed.insert(live.id.clone());
                store.put(live);
            }
            false
        }
        Event::InitDone => {
            store.finish(kind, listed);
            listed.clear();
            true
        }
        Event::Apply(object) => live(kind, object).is_some_and(|live| store.put(live)),
        Event::Delete(object) => {
            live(kind, object).is_some_and(|live| store.remove(&live.id, &live.uid))
        }
    }
}

fn live(kind: Kind, object: Whole) -> Option<Live> {
    Live::from_value(kind, object.value)
}

fn resource(kind: Kind) -> ApiResource {
    ApiResource {
        group: kind.group().to_owned(),
        version: kind.version().to_owned(),
        api_version: kind.api_version(),
        kind: kind.as_str().to_owned(),
        plural: kind.plural().to_owned(),
    }
}

/// The whole chain of an error in one line.
pub fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    text
}
