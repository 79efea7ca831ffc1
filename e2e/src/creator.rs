//! A client that creates pods all the while, and looks at each whether it was injected: the witness
//! that no pod comes up without its sidecar, or with two, at any moment of a migration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::json;

/// Runs until it is stopped.
pub struct Creator {
    stop: Arc<AtomicBool>,
    report: Arc<Mutex<Report>>,
    thread: JoinHandle<Result<()>>,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Pods by namespace and the revision that injected them.
    pub injected: BTreeMap<(String, String), usize>,
    /// Pods that came up without a sidecar, by namespace.
    pub bare: Vec<String>,
    /// Pods that were refused, with the API server's words.
    pub refused: Vec<String>,
}

impl Creator {
    /// Creates pods in these namespaces, one after the other, round and round.
    pub fn start(kubeconfig: &Path, namespaces: &[&str]) -> Result<Self> {
        let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
        let namespaces: Vec<String> = namespaces.iter().map(|one| (*one).to_owned()).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let report = Arc::<Mutex<Report>>::default();
        let (halt, seen) = (Arc::clone(&stop), Arc::clone(&report));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .context("cannot start a runtime")?;
            runtime.block_on(create(kubeconfig, &namespaces, &halt, &seen))
        });
        Ok(Self {
            stop,
            report,
            thread,
        })
    }

    /// What was seen so far.
    pub fn report(&self) -> Report {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stops, and says what was seen.
    pub fn stop(self) -> Result<Report> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| anyhow!("the creator of pods panicked"))??;
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(report.clone())
    }
}

async fn create(
    kubeconfig: Kubeconfig,
    namespaces: &[String],
    stop: &AtomicBool,
    report: &Mutex<Report>,
) -> Result<()> {
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    for (number, namespace) in namespaces.iter().cycle().enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
        let result = api
            .create(&PostParams::default(), &pod(&format!("witness-{number}"))?)
            .await;
        let name = match &result {
            Ok(made) => made.metadata.name.clone(),
            Err(_) => None,
        };
        note(namespace, result, report);
        if let Some(name) = name {
            api.delete(&name, &DeleteParams::default().grace_period(0))
                .await?;
        }
    }
    Ok(())
}

fn note(namespace: &str, result: kube::Result<Pod>, report: &Mutex<Report>) {
    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
    match result {
        Err(error) => report.refused.push(format!("{namespace}: {error}")),
        Ok(made) => {
            let annotations = made.metadata.annotations.unwrap_or_default();
            match annotations.get("istio.io/rev") {
                None => report.bare.push(namespace.to_owned()),
                Some(revision) => {
                    let key = (namespace.to_owned(), revision.clone());
                    *report.injected.entry(key).or_default() += 1;
                }
            }
        }
    }
}

fn pod(name: &str) -> Result<Pod> {
    Ok(serde_json::from_value(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "witness"}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            // Nothing schedules it: the API server's answer is all that is looked at.
            "schedulerName": "nobody",
            "containers": [{"name": "app", "image": "stand-in/app"}],
        },
    }))?)
}
