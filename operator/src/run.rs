//! The operator from its start to its end.

use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Config};
use mainsheet_crds::MeshRevision;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::admin::{self, Readiness};
use crate::args::Args;
use crate::cache::{Caches, describe};
use crate::controller;
use crate::dataplane::DataPlaneWatch;
use crate::lease::Lease;
use crate::metrics::Metrics;

/// What the operator calls itself in the API server's audit log.
const USER_AGENT: &str = concat!("mainsheet-operator/", env!("CARGO_PKG_VERSION"));

/// The time. The pure crates are handed it from here.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge that reads the clock"
)]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Why the operator could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kubeconfig file cannot be used.
    #[error("cannot use kubeconfig {path}")]
    Kubeconfig {
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: Box<kube::config::KubeconfigError>,
    },
    /// Neither kubeconfig nor ServiceAccount.
    #[error("cannot find a cluster: give --kubeconfig, or run in a pod with a ServiceAccount")]
    Infer(#[source] Box<kube::config::InferConfigError>),
    /// The client cannot be made.
    #[error("cannot make a client")]
    Client(#[source] Box<kube::Error>),
    /// The cluster does not answer.
    #[error("cannot reach the cluster")]
    Reach(#[source] Box<kube::Error>),
    /// The admin port cannot be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// What is wrong with it.
        #[source]
        source: std::io::Error,
    },
    /// Signals cannot be awaited.
    #[error("cannot wait for signals")]
    Signal(#[source] std::io::Error),
    /// Another operator leads.
    #[error("the Lease was lost to another operator")]
    Lost,
}

/// Runs until a signal ends it or the Lease is lost.
pub async fn run(args: Args) -> Result<(), Error> {
    let client = connect(&args).await?;
    let metrics = Arc::new(Metrics::default());
    let readiness = Arc::new(Readiness::default());
    let listener = admin::listen(args.admin_address)
        .await
        .map_err(|source| Error::Listen {
            address: args.admin_address.to_string(),
            source,
        })?;
    tokio::spawn(admin::serve(
        listener,
        Arc::clone(&metrics),
        Arc::clone(&readiness),
    ));
    let mut stop = Stop::new()?;
    if args.no_leader_election {
        return lead(client, metrics, readiness, async move { stop.wait().await }).await;
    }
    let lease = Lease::new(client.clone(), &args.namespace, identity(&args));
    // A standby is as ready as it can be.
    readiness.set(true);
    let held = tokio::select! {
        held = lease.acquire() => held,
        () = stop.wait() => return Ok(()),
    };
    readiness.set(false);
    tracing::info!("this operator leads");
    let (lost, on_lost) = watch::channel(false);
    let result = tokio::select! {
        result = lead(client, metrics, readiness, ended(stop, on_lost)) => result,
        () = async { lease.hold(held).await; lost.send_replace(true); std::future::pending().await } => Ok(()),
    };
    lease.release().await;
    if *lost.borrow() {
        return Err(Error::Lost);
    }
    result
}

/// Ends at a signal or when the Lease is lost.
async fn ended(mut stop: Stop, mut lost: watch::Receiver<bool>) {
    tokio::select! {
        () = stop.wait() => {}
        _ = lost.wait_for(|lost| *lost) => {}
    }
}

/// Watches, waits until everything is known, and reconciles until `stop` ends.
async fn lead(
    client: Client,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let version = client
        .apiserver_version()
        .await
        .map_err(|source| Error::Reach(Box::new(source)))?;
    let caches = Arc::new(Caches::new(client.clone(), Arc::clone(&metrics)));
    let data_plane = Arc::new(DataPlaneWatch::new(client.clone(), Arc::clone(&metrics)));
    caches.watch(Caches::always());
    let (revisions, changes) = watch_revisions(client.clone());
    let (stopped, on_stop) = watch::channel(false);
    tokio::spawn(async move {
        stop.await;
        stopped.send_replace(true);
    });
    let synced = async {
        caches.synced(Caches::always().collect::<Vec<_>>()).await;
        // An error says that the watch has ended, which it does only with the process.
        let _ = revisions.wait_until_ready().await;
    };
    let mut early = on_stop.clone();
    tokio::select! {
        () = synced => {}
        _ = early.wait_for(|stopped| *stopped) => return Ok(()),
    }
    readiness.set(true);
    metrics.leads(true);
    tracing::info!(kubernetes = %version.git_version, "everything is in sight");
    let mut on_stop = on_stop;
    let stop = async move {
        let _ = on_stop.wait_for(|stopped| *stopped).await;
    };
    controller::run(
        client,
        (caches, data_plane),
        Arc::clone(&metrics),
        (revisions, changes),
        version.git_version,
        stop,
    )
    .await;
    metrics.leads(false);
    Ok(())
}

/// The records of all installations, without what they hold: names and states decide.
fn watch_revisions(
    client: Client,
) -> (Store<MeshRevision>, impl Stream<Item = ()> + Send + 'static) {
    let (store, writer) = reflector::store();
    let (changes, receiver) = watch::channel(());
    let api: Api<MeshRevision> = Api::all(client);
    tokio::spawn(async move {
        let events = watcher::watcher(api, watcher::Config::default())
            .default_backoff()
            .modify(|revision| {
                revision.spec.resolved.clear();
                revision.metadata.managed_fields = None;
            })
            .reflect(writer);
        let mut events = pin!(events);
        while let Some(event) = events.next().await {
            match event {
                Ok(_) => {
                    changes.send_replace(());
                }
                Err(error) => {
                    tracing::warn!(error = %describe(&error), "cannot watch MeshRevisions");
                }
            }
        }
    });
    let changes = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.changed().await.ok().map(|()| ((), receiver))
    });
    (store, changes)
}

async fn connect(args: &Args) -> Result<Client, Error> {
    let mut config = match &args.kubeconfig {
        Some(path) => {
            let wrap = |source| Error::Kubeconfig {
                path: path.display().to_string(),
                source: Box::new(source),
            };
            let kubeconfig = Kubeconfig::read_from(path).map_err(wrap)?;
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
                .await
                .map_err(wrap)?
        }
        None => Config::infer()
            .await
            .map_err(|source| Error::Infer(Box::new(source)))?,
    };
    config.connect_timeout = Some(std::time::Duration::from_secs(10));
    config.headers.push((
        http::header::USER_AGENT,
        http::HeaderValue::from_static(USER_AGENT),
    ));
    Client::try_from(config).map_err(|source| Error::Client(Box::new(source)))
}

/// The pod's name is one that no second process ever has; elsewhere the process makes one up.
fn identity(args: &Args) -> String {
    args.identity.clone().unwrap_or_else(|| {
        format!(
            "mainsheet-operator-{}-{}",
            std::process::id(),
            now().as_microsecond()
        )
    })
}

/// The signals that end a process.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Error::Signal)?,
            interrupt: signal(SignalKind::interrupt()).map_err(Error::Signal)?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
