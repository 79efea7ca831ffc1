//! Leader election by a Lease, with a watch while another leads, so that a released Lease is taken
//! over at once.
//!
//! As in client-go, a holder counts as gone when its Lease has not changed for the whole duration
//! on our own clock: clocks of different nodes are never compared.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::coordination::v1::{Lease as Object, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use tokio::time::{Instant, sleep, timeout_at};

use crate::cache::describe;
use crate::run::now;

/// How long a Lease is good for without being renewed.
const DURATION: Duration = Duration::from_secs(15);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(5);
/// After what time a failed request is made again.
const RETRY: Duration = Duration::from_secs(1);

/// The name of the operator's Lease.
pub const NAME: &str = "mainsheet-operator";

/// One candidate for leadership.
pub struct Lease {
    api: Api<Object>,
    identity: String,
}

impl Lease {
    /// A candidate by this name, of the Lease in this namespace.
    pub fn new(client: Client, namespace: &str, identity: String) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            identity,
        }
    }

    /// Ends when this candidate leads.
    pub async fn acquire(&self) -> Object {
        loop {
            match self.attempt().await {
                Ok(Some(held)) => return held,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = %describe(&error), "cannot get the Lease; it is tried again");
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// One attempt; waits for a change while another holds the Lease.
    async fn attempt(&self) -> Result<Option<Object>, kube::Error> {
        let Some(found) = self.api.get_opt(NAME).await? else {
            return lost_race(self.api.create(&PostParams::default(), &self.fresh()).await);
        };
        match holder(&found) {
            None => self.take(found).await,
            Some(holder) if holder == self.identity => self.take(found).await,
            Some(holder) => {
                tracing::info!(holder, "another operator leads");
                self.wait(&found).await;
                let after = self.api.get_opt(NAME).await?;
                match after {
                    Some(same) if same.resource_version() == found.resource_version() => {
                        self.take(same).await
                    }
                    _ => Ok(None),
                }
            }
        }
    }

    /// Ends when the Lease changes, or has not for its whole duration.
    async fn wait(&self, found: &Object) {
        let deadline = Instant::now() + duration(found);
        let version = found.resource_version();
        let mut changes = pin!(watcher::watch_object(self.api.clone(), NAME));
        let change = async {
            while let Some(event) = changes.next().await {
                match event {
                    Ok(Some(seen)) if seen.resource_version() == version => {}
                    Ok(_) => return,
                    Err(error) => {
                        tracing::warn!(error = %describe(&error), "cannot watch the Lease");
                        sleep(RETRY).await;
                    }
                }
            }
        };
        // Past the deadline the holder is gone; the caller looks again either way.
        let _ = timeout_at(deadline, change).await;
    }

    async fn take(&self, found: Object) -> Result<Option<Object>, kube::Error> {
        let mut lease = self.fresh();
        lease.metadata = found.metadata;
        if let Some(spec) = &mut lease.spec {
            let before = found
                .spec
                .and_then(|spec| spec.lease_transitions)
                .unwrap_or_default();
            spec.lease_transitions = Some(before.saturating_add(1));
        }
        lost_race(self.api.replace(NAME, &PostParams::default(), &lease).await)
    }

    /// Renews the Lease; ends when it is lost.
    pub async fn hold(&self, mut held: Object) {
        let mut good_until = Instant::now() + DURATION;
        loop {
            sleep(RENEW).await;
            if let Some(spec) = &mut held.spec {
                spec.renew_time = Some(MicroTime(now()));
            }
            match self.api.replace(NAME, &PostParams::default(), &held).await {
                Ok(renewed) => {
                    held = renewed;
                    good_until = Instant::now() + DURATION;
                }
                Err(error) => {
                    tracing::warn!(error = %describe(&error), "cannot renew the Lease");
                    match self.api.get_opt(NAME).await {
                        Ok(Some(found)) if holder(&found) == Some(self.identity.as_str()) => {
                            held = found;
                        }
                        Ok(_) => return,
                        Err(_) if Instant::now() >= good_until => return,
                        Err(_) => {}
                    }
                }
            }
        }
    }

    /// Lets go of the Lease, so that another need not wait.
    pub async fn release(&self) {
        let result = async {
            let Some(mut found) = self.api.get_opt(NAME).await? else {
                return Ok(());
            };
            if holder(&found) != Some(self.identity.as_str()) {
                return Ok(());
            }
            if let Some(spec) = &mut found.spec {
                spec.holder_identity = None;
            }
            self.api
                .replace(NAME, &PostParams::default(), &found)
                .await
                .map(|_| ())
        };
        if let Err(error) = result.await {
            tracing::warn!(error = %describe(&error), "cannot release the Lease");
        }
    }

    fn fresh(&self) -> Object {
        Object {
            metadata: ObjectMeta {
                name: Some(NAME.to_owned()),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
                acquire_time: Some(MicroTime(now())),
                renew_time: Some(MicroTime(now())),
                ..LeaseSpec::default()
            }),
        }
    }
}

fn holder(lease: &Object) -> Option<&str> {
    lease
        .spec
        .as_ref()?
        .holder_identity
        .as_deref()
        .filter(|holder| !holder.is_empty())
}

fn duration(lease: &Object) -> Duration {
    let seconds = lease
        .spec
        .as_ref()
        .and_then(|spec| spec.lease_duration_seconds);
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(DURATION, Duration::from_secs)
}

/// Another candidate was quicker: that is no error.
fn lost_race(result: Result<Object, kube::Error>) -> Result<Option<Object>, kube::Error> {
    match result {
        Ok(lease) => Ok(Some(lease)),
        Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
