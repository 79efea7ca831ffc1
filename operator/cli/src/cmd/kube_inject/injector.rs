//! The injectors of a cluster, asked through their webhooks' own addresses.

use futures::TryFutureExt;
use http::Uri;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ServiceReference, WebhookClientConfig,
};
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::webhook::Labels;
use crate::cluster::{Cluster, ClusterError};
use crate::error::Error;
use crate::reach::{Address, Place, PodPort, ReachError, Target, Tls};

/// istiod's own port, where its Service names the port by a word.
const PORT: u16 = 15017;

/// An injector that can be asked.
pub(super) struct Injector {
    place: Place,
    path: String,
    tls: Tls,
}

/// All webhooks of the cluster.
pub(super) async fn webhooks(
    cluster: &Cluster,
) -> Result<Vec<MutatingWebhookConfiguration>, ClusterError> {
    let all: Api<MutatingWebhookConfiguration> = Api::all(cluster.client.clone());
    let listed = all.list(&ListParams::default()).await;
    let listed = listed.map_err(cluster.failed("list MutatingWebhookConfigurations"))?;
    Ok(listed.items)
}

/// The labels of a namespace; none where it does not exist yet.
pub(super) async fn labels_of(cluster: &Cluster, namespace: &str) -> Result<Labels, ClusterError> {
    let all: Api<Namespace> = Api::all(cluster.client.clone());
    let found = all.get_opt(namespace).await;
    let found = found.map_err(cluster.failed(format!("read namespace {namespace}")))?;
    Ok(found.map(|one| one.labels().clone()).unwrap_or_default())
}

impl Injector {
    /// The injector at which a webhook points.
    pub(super) async fn at(
        cluster: &Cluster,
        webhook: &WebhookClientConfig,
    ) -> Result<Self, Error> {
        let authorities = webhook.ca_bundle.clone().map(|bundle| bundle.0);
        let authorities = authorities.filter(|bundle| !bundle.is_empty());
        let refused = |problem: &str| Error::Refused(format!("the injection webhook {problem}"));
        match (&webhook.url, &webhook.service) {
            (Some(url), _) => Self::at_url(url, authorities),
            (None, Some(_)) if authorities.is_none() => {
                Err(refused("has no caBundle yet: its istiod has not come up"))
            }
            (None, Some(service)) => Self::at_service(cluster, service, authorities).await,
            (None, None) => Err(refused("names neither a url nor a service")),
        }
    }

    fn at_url(url: &str, authorities: Option<Vec<u8>>) -> Result<Self, Error> {
        let parsed: Option<Uri> = url.parse().ok();
        let host = parsed.as_ref().and_then(Uri::host);
        let (Some(uri), Some(host)) = (&parsed, host) else {
            return Err(Error::Refused(format!(
                "the injection webhook's url {url:?} is none"
            )));
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            place: Place::At(Address::new(host, uri.port_u16().unwrap_or(443))),
            path: path.to_owned(),
            tls: Tls {
                name: host.trim_matches(['[', ']']).to_owned(),
                authorities,
            },
        })
    }

    async fn at_service(
        cluster: &Cluster,
        reference: &ServiceReference,
        authorities: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let (namespace, name) = (&reference.namespace, &reference.name);
        let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
        let service = services
            .get(name)
            .map_err(cluster.failed(format!("read Service {namespace}/{name}")))
            .await?;
        let target = Target::service(namespace, name);
        let (namespace, pod) = target.pod(cluster, None).await?;
        let place = Place::In(PodPort {
            cluster: cluster.clone(),
            namespace: namespace.clone(),
            pod,
            port: port_of(&service, reference.port.unwrap_or(443)),
        });
        Ok(Self {
            place,
            path: reference.path.clone().unwrap_or_default(),
            tls: Tls {
                name: format!("{name}.{namespace}.svc"),
                authorities,
            },
        })
    }

    /// The answer to a review.
    pub(super) async fn review(&self, question: Vec<u8>) -> Result<String, ReachError> {
        self.place.review(&self.path, question, &self.tls).await
    }
}

/// The port in the pod behind a port of the service.
fn port_of(service: &Service, port: i32) -> u16 {
    let ports = service
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten());
    let mut behind = ports
        .filter(|one| one.port == port)
        .filter_map(|one| one.target_port.clone());
    match behind.next() {
        Some(IntOrString::Int(number)) => u16::try_from(number).unwrap_or(PORT),
        Some(IntOrString::String(_)) | None => PORT,
    }
}
