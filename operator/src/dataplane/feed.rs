//! One watch of metadata: streamed where the API server can, in small pages where it cannot, so that
//! no list is ever in memory as a whole.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Config, Event};
use kube::{Api, Client};

use super::metadata::{Metadata, Only};
use crate::cache::describe;
use crate::metrics::Metrics;

/// How many objects one page of a list holds.
const PAGE: u32 = 50;
/// After how many failures in a row what was seen no longer counts as all there is.
const FAILURES: u32 = 3;

/// What a watch brings.
#[derive(Debug)]
pub(super) enum Sighting<M> {
    /// A list of everything begins.
    Begin,
    /// An object that is there, new or changed.
    There(M),
    /// An object that has gone.
    Gone(M),
    /// The list is whole.
    Whole,
    /// The watch fails; what was seen may be out of date.
    Lost,
}

/// How a watch is begun anew.
enum Anew {
    /// With a list in pages: the API server does not stream lists.
    Paged,
    /// As before.
    Same,
}

/// Follows the selected objects for ever, telling of each.
pub(super) async fn follow<M: Metadata>(
    client: Client,
    selected: Config,
    metrics: Arc<Metrics>,
    mut tell: impl FnMut(Sighting<M>),
) {
    let api: Api<Only<M>> = Api::all(client);
    let mut config = selected.clone().streaming_lists();
    loop {
        match watch(&api, config.clone(), &metrics, &mut tell).await {
            Anew::Paged => config = selected.clone().page_size(PAGE),
            Anew::Same => {}
        }
    }
}

async fn watch<M: Metadata>(
    api: &Api<Only<M>>,
    config: Config,
    metrics: &Metrics,
    tell: &mut impl FnMut(Sighting<M>),
) -> Anew {
    let streams = config.initial_list_strategy == watcher::InitialListStrategy::StreamingList;
    let events = watcher::watcher(api.clone(), config).default_backoff();
    let mut events = pin!(events);
    let mut failures = 0;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                failures = 0;
                metrics.watch_event(M::KIND);
                tell(sighting(event));
            }
            Err(error) if streams && refuses_streams(&error) => {
                tracing::info!(
                    kind = M::KIND,
                    "the API server does not stream lists; pages are used"
                );
                return Anew::Paged;
            }
            Err(error) => {
                metrics.watch_error(M::KIND);
                tracing::warn!(kind = M::KIND, error = %describe(&error), "watch failed; it is tried again");
                failures += 1;
                if failures == FAILURES {
                    tell(Sighting::Lost);
                    return Anew::Same;
                }
            }
        }
    }
    Anew::Same
}

fn sighting<M>(event: Event<Only<M>>) -> Sighting<M> {
    match event {
        Event::Init => Sighting::Begin,
        Event::InitApply(object) | Event::Apply(object) => Sighting::There(object.metadata),
        Event::Delete(object) => Sighting::Gone(object.metadata),
        Event::InitDone => Sighting::Whole,
    }
}

/// An API server without the feature WatchList calls the request invalid.
fn refuses_streams(error: &watcher::Error) -> bool {
    match error {
        watcher::Error::WatchStartFailed(kube::Error::Api(status)) => {
            matches!(status.code, 400 | 422)
        }
        _ => false,
    }
}
