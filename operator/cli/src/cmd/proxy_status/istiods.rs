//! Which istiods are asked, and what they answer.

use clap::Args;
use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::cluster::{Cluster, ClusterArgs};
use crate::error::Error;
use crate::istiod::{Proxy, proxies};
use crate::reach::{Address, Place, PodPort, ReachError, is_running};

/// The port of istiod's debug interface. Whoever comes by a forwarded port needs no token there:
/// istiod sees a connection from its own pod.
const PORT: u16 = 15014;

/// Which istiods.
#[derive(Debug, Args)]
pub(super) struct IstiodArgs {
    /// Ask istiod's debug interface at this address instead of the cluster's istiods
    #[arg(long, value_name = "HOST:PORT")]
    istiod_address: Vec<Address>,
    /// Ask only the istiods of this revision
    #[arg(long, value_name = "NAME", conflicts_with = "istiod_address")]
    revision: Option<String>,
}

/// One istiod.
pub(super) struct Istiod {
    pub(super) name: String,
    pub(super) place: Place,
}

/// What all istiods answer.
pub(super) struct Answers {
    pub(super) proxies: Vec<Proxy>,
    /// Those that did not answer.
    pub(super) silent: Vec<ReachError>,
}

impl IstiodArgs {
    /// All proxies that are connected to any of them. If none answers, that is an error.
    pub(super) async fn proxies(&self, cluster: &ClusterArgs) -> Result<Answers, Error> {
        let istiods = self.find(cluster).await?;
        let answers = join_all(istiods.iter().map(Istiod::proxies)).await;
        let mut all = Answers {
            proxies: Vec::new(),
            silent: Vec::new(),
        };
        for answer in answers {
            match answer {
                Ok(proxies) => all.proxies.extend(proxies),
                Err(error) => all.silent.push(error),
            }
        }
        if all.silent.len() == istiods.len()
            && let Some(first) = all.silent.pop()
        {
            return Err(first.into());
        }
        Ok(all)
    }

    /// Those at the addresses, or the running ones of the cluster.
    pub(super) async fn find(&self, cluster: &ClusterArgs) -> Result<Vec<Istiod>, Error> {
        if self.istiod_address.is_empty() {
            return self.in_cluster(&cluster.connect().await?).await;
        }
        let at = |address: &Address| Istiod {
            name: address.to_string(),
            place: Place::At(address.clone()),
        };
        Ok(self.istiod_address.iter().map(at).collect())
    }

    async fn in_cluster(&self, cluster: &Cluster) -> Result<Vec<Istiod>, Error> {
        let labels = match &self.revision {
            None => "app=istiod".to_owned(),
            Some(revision) => format!("app=istiod,istio.io/rev={revision}"),
        };
        let pods: Api<Pod> = Api::all(cluster.client.clone());
        let found = pods.list(&ListParams::default().labels(&labels)).await;
        let found = found.map_err(cluster.failed("list the pods of istiod"))?;
        let istiod = |pod: &Pod| Istiod {
            name: pod.name_any(),
            place: Place::In(PodPort {
                cluster: cluster.clone(),
                namespace: pod.namespace().unwrap_or_default(),
                pod: pod.name_any(),
                port: PORT,
            }),
        };
        let istiods: Vec<Istiod> = found
            .items
            .iter()
            .filter(|pod| is_running(pod))
            .map(istiod)
            .collect();
        if istiods.is_empty() {
            let message = format!(
                "this cluster has no running istiod ({labels}); for one elsewhere give --istiod-address"
            );
            return Err(ReachError::NoPod(message).into());
        }
        Ok(istiods)
    }
}

impl Istiod {
    async fn proxies(&self) -> Result<Vec<Proxy>, ReachError> {
        let answer = self.place.get("debug/syncz").await?;
        proxies(&answer, &self.name).map_err(|error| ReachError::NotUnderstood {
            place: self.place.name(),
            problem: error.to_string(),
        })
    }
}
