//! Many injected pods, written to the API server as they are: no kubelet, no scheduler and no injector
//! takes part. They look to a watch like those of a large mesh.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, ServiceAccount};
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Namespaces that the pods live in.
const NAMESPACES: usize = 200;
/// Pods of one workload.
const PODS: usize = 10;
/// Writes under way at a time.
const WRITERS: usize = 16;
/// How long the API server may take to give a new namespace its ServiceAccount.
const PATIENCE: Duration = Duration::from_mins(2);

/// Pods by the thousand.
pub struct Crowd {
    runtime: Runtime,
    client: Client,
    owners: Vec<Owner>,
    pods: usize,
}

/// A workload's stand-in: the garbage collector takes pods away whose owner is not there.
#[derive(Clone)]
struct Owner {
    namespace: String,
    name: String,
    uid: String,
}

impl Crowd {
    /// Nobody yet, but the namespaces are there.
    pub fn new(kubeconfig: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
        let client = runtime.block_on(async {
            let config =
                Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
            anyhow::Ok(Client::try_from(config)?)
        })?;
        let crowd = Self {
            runtime,
            client,
            owners: Vec::new(),
            pods: 0,
        };
        crowd.runtime.block_on(crowd.namespaces())?;
        Ok(crowd)
    }

    /// Creates pods until there are so many.
    pub fn grow_to(&mut self, pods: usize) -> Result<()> {
        let Self {
            runtime,
            client,
            owners,
            ..
        } = self;
        let missing: Vec<usize> = (owners.len()..pods.div_ceil(PODS)).collect();
        let made = runtime.block_on(at_a_time(missing.len(), |at| {
            let (client, number) = (client.clone(), missing[at]);
            async move { owner(client, number).await }
        }))?;
        owners.extend(made);
        let first = self.pods;
        runtime.block_on(at_a_time(pods.saturating_sub(first), |at| {
            let (client, number) = (client.clone(), first + at);
            let owner = owners[number / PODS].clone();
            async move { create(client, owner, number).await }
        }))?;
        self.pods = self.pods.max(pods);
        Ok(())
    }

    /// Changes an annotation of so many pods, spread over a time.
    pub fn touch(&self, count: usize, over: Duration) -> Result<()> {
        let started = Instant::now();
        self.runtime.block_on(async {
            for at in 0..count {
                let number = at * self.pods / count;
                let owner = &self.owners[number / PODS];
                let api: Api<Pod> = Api::namespaced(self.client.clone(), &owner.namespace);
                let change =
                    json!({"metadata": {"annotations": {"example.com/touched": at.to_string()}}});
                api.patch(
                    &name(number),
                    &PatchParams::default(),
                    &Patch::Merge(change),
                )
                .await?;
                let due =
                    over.mul_f64(f64::from(u32::try_from(at)?) / f64::from(u32::try_from(count)?));
                tokio::time::sleep(due.saturating_sub(started.elapsed())).await;
            }
            anyhow::Ok(())
        })
    }

    /// Namespaces that no webhook of the mesh is called for: its istiod does not run.
    async fn namespaces(&self) -> Result<()> {
        let client = &self.client;
        at_a_time(NAMESPACES, |number| {
            let api: Api<Namespace> = Api::all(client.clone());
            let document = json!({"metadata": {"name": namespace(number), "labels": {"example.com/crowd": "yes"}}});
            async move {
                api.create(&PostParams::default(), &serde_json::from_value(document)?)
                    .await?;
                Ok(())
            }
        })
        .await?;
        let accounts: Api<ServiceAccount> = Api::all(client.clone());
        let selected = ListParams::default().fields("metadata.name=default");
        let started = Instant::now();
        while accounts.list_metadata(&selected).await?.items.len() < NAMESPACES {
            ensure!(
                started.elapsed() < PATIENCE,
                "namespaces have no ServiceAccount yet"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }
}

/// Does a thing so many times, several at a time; the first error ends it.
async fn at_a_time<T, F>(count: usize, task: impl Fn(usize) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut numbers = 0..count;
    let mut tasks = JoinSet::new();
    let mut done = Vec::with_capacity(count);
    loop {
        while tasks.len() < WRITERS {
            let Some(at) = numbers.next() else { break };
            let task = task(at);
            tasks.spawn(async move { task.await.map(|made| (at, made)) });
        }
        match tasks.join_next().await {
            Some(result) => done.push(result??),
            None => break,
        }
    }
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, made)| made).collect())
}

async fn owner(client: Client, number: usize) -> Result<Owner> {
    let namespace = namespace(number % NAMESPACES);
    let name = format!("workload-{number}");
    let api: Api<ConfigMap> = Api::namespaced(client, &namespace);
    let document = serde_json::from_value(json!({"metadata": {"name": name}}))?;
    let made = api.create(&PostParams::default(), &document).await?;
    let uid = made
        .metadata
        .uid
        .context("the API server gives every object a UID")?;
    Ok(Owner {
        namespace,
        name,
        uid,
    })
}

async fn create(client: Client, owner: Owner, number: usize) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(client, &owner.namespace);
    api.create(
        &PostParams::default(),
        &serde_json::from_value(pod(&owner, number))?,
    )
    .await?;
    Ok(())
}

fn namespace(number: usize) -> String {
    format!("crowd-{number}")
}

fn name(number: usize) -> String {
    format!("workload-{}-7d4c8f9b5-{number:06}", number / PODS)
}

/// A pod about as large as injected pods are.
fn pod(owner: &Owner, number: usize) -> Value {
    let env: Vec<Value> = (0..30)
        .map(|at| json!({"name": format!("ISTIO_META_SETTING_{at}"), "value": format!("value-of-{}", owner.name)}))
        .collect();
    let volumes: Vec<Value> = (0..8)
        .map(|at| json!({"name": format!("volume-{at}"), "emptyDir": {}}))
        .collect();
    let mounts: Vec<Value> = (0..8)
        .map(|at| json!({"name": format!("volume-{at}"), "mountPath": format!("/var/run/{at}")}))
        .collect();
    let status = r#"{"initContainers":["istio-init"],"containers":["istio-proxy"],"volumes":["workload-socket","credential-socket","workload-certs","istio-envoy","istio-data","istio-podinfo","istio-token","istiod-ca-cert"],"imagePullSecrets":null,"revision":"default"}"#;
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name(number),
            "labels": {
                "app": owner.name, "version": "v1", "pod-template-hash": "7d4c8f9b5",
                "security.istio.io/tlsMode": "istio",
                "service.istio.io/canonical-name": owner.name,
                "service.istio.io/canonical-revision": "v1",
            },
            "annotations": {
                "istio.io/rev": "default",
                "kubectl.kubernetes.io/default-container": "app",
                "kubectl.kubernetes.io/default-logs-container": "app",
                "prometheus.io/path": "/stats/prometheus",
                "prometheus.io/port": "15020",
                "prometheus.io/scrape": "true",
                "sidecar.istio.io/status": status,
            },
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "ConfigMap", "name": owner.name, "uid": owner.uid, "controller": true,
            }],
        },
        "spec": {
            // Nothing schedules it: it is there, and that is all it does.
            "schedulerName": "nobody",
            "automountServiceAccountToken": false,
            "volumes": volumes,
            "containers": [
                {"name": "app", "image": "stand-in/app", "env": env, "volumeMounts": mounts},
                {"name": "istio-proxy", "image": "stand-in/proxyv2", "env": env, "volumeMounts": mounts},
            ],
        },
    })
}
