//! The pages that a mesh has, and the pods that serve them.

use clap::ValueEnum;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::cluster::Cluster;
use crate::error::Error;
use crate::reach::{ReachError, is_running};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Page {
    /// Metrics.
    Prometheus,
    /// Charts of metrics.
    Grafana,
    /// The graph of the mesh.
    Kiali,
    /// Traces.
    Jaeger,
    /// Traces.
    Zipkin,
    /// The admin interface of a proxy.
    #[value(alias = "proxy")]
    Envoy,
    /// Settings of an istiod at run time.
    Controlz,
    /// The debug interface of an istiod.
    IstiodDebug,
}

impl Page {
    /// Its port in the pod.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::Grafana => 3000,
            Self::Kiali => 20001,
            Self::Jaeger => 16686,
            Self::Zipkin => 9411,
            Self::Envoy => 15000,
            Self::Controlz => 9876,
            Self::IstiodDebug => 15014,
        }
    }

    /// Where on the server it begins.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Kiali => "/kiali",
            Self::IstiodDebug => "/debug",
            Self::Prometheus
            | Self::Grafana
            | Self::Jaeger
            | Self::Zipkin
            | Self::Envoy
            | Self::Controlz => "",
        }
    }

    /// The labels of its pods; a proxy is in any pod.
    fn labels(self) -> Option<&'static str> {
        match self {
            Self::Prometheus => Some("app.kubernetes.io/name=prometheus"),
            Self::Grafana => Some("app.kubernetes.io/name=grafana"),
            Self::Kiali => Some("app=kiali"),
            Self::Jaeger => Some("app=jaeger"),
            Self::Zipkin => Some("app=zipkin"),
            Self::Controlz | Self::IstiodDebug => Some("app=istiod"),
            Self::Envoy => None,
        }
    }

    /// Namespace and name of a running pod of it, the first by name.
    pub(super) async fn find(
        self,
        cluster: &Cluster,
        namespace: Option<&str>,
    ) -> Result<(String, String), Error> {
        let labels = self.labels().ok_or_else(|| {
            Error::Usage("which proxy? give the pod, as [TYPE/]NAME[.NAMESPACE]".to_owned())
        })?;
        let pods: Api<Pod> = match namespace {
            Some(namespace) => Api::namespaced(cluster.client.clone(), namespace),
            None => Api::all(cluster.client.clone()),
        };
        let found = pods.list(&ListParams::default().labels(labels)).await;
        let found = found.map_err(cluster.failed(format!("list pods with {labels}")))?;
        let running = found.items.iter().filter(|pod| is_running(pod));
        let places = running.map(|pod| (pod.namespace().unwrap_or_default(), pod.name_any()));
        let place = places.min().ok_or_else(|| {
            let place =
                namespace.map_or("this cluster".to_owned(), |one| format!("namespace {one}"));
            ReachError::NoPod(format!("{place} has no running pod with {labels}"))
        })?;
        Ok(place)
    }
}
