//! Everything of a cluster that analysis looks at.

use futures::{StreamExt, stream};
use http::{Request, header};
use mainsheet_analysis::{Builder, Kind};
use serde_json::Value;

use super::{Cluster, ClusterError};

/// How many requests are under way at a time.
const PARALLEL: usize = 8;
/// How many objects are asked for at once.
const PAGE: usize = 500;
/// What asks for the heads of objects, and for nothing that is in them.
const HEADS: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const HEAD: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// A kind that one may not look at.
#[derive(Debug)]
pub(crate) struct Unseen {
    /// The kind.
    pub(crate) kind: Kind,
    /// What the API server says.
    pub(crate) why: ClusterError,
}

impl Cluster {
    /// Adds what the cluster has. Kinds that it does not have, have no objects; those that one may
    /// not look at are given back.
    pub(crate) async fn configuration(
        &self,
        istio_namespace: &str,
        into: &mut Builder,
    ) -> Result<Vec<Unseen>, ClusterError> {
        // To ask for what is not served may be forbidden, which would look like something unseen.
        let served = self.client.list_api_groups().await;
        let served = served.map_err(self.failed("list the API groups"))?;
        let is_served = |kind: &Kind| {
            let group = kind.group();
            group.is_empty() || served.groups.iter().any(|known| known.name == group)
        };
        let kinds = Kind::ALL.iter().copied().filter(is_served);
        let kinds = kinds.filter(|kind| !kind.is_gone() && *kind != Kind::Secret);
        let lists = stream::iter(kinds)
            .map(|kind| async move { (kind, self.all_of(kind, istio_namespace).await) });
        let mut lists = lists.buffer_unordered(PARALLEL);
        let mut unseen = Vec::new();
        while let Some((kind, list)) = lists.next().await {
            note(kind, list, into, &mut unseen)?;
        }
        Ok(unseen)
    }

    /// Adds the heads of those secrets that matter: the ones that gateways name, and those of other
    /// clusters. No key or certificate is asked for.
    pub(crate) async fn secrets(
        &self,
        istio_namespace: &str,
        into: &mut Builder,
    ) -> Result<Vec<Unseen>, ClusterError> {
        let mut unseen = Vec::new();
        let remote = format!(
            "/api/v1/namespaces/{istio_namespace}/secrets?labelSelector=istio%2FmultiCluster%3Dtrue"
        );
        let found = self.pages(Kind::Secret, "v1", &remote, HEADS).await;
        note(Kind::Secret, found, into, &mut unseen)?;
        for (namespace, name) in into.credentials() {
            if !unseen.is_empty() {
                break;
            }
            let found = self.secret(&namespace, &name).await;
            note(Kind::Secret, found, into, &mut unseen)?;
        }
        Ok(unseen)
    }

    async fn secret(&self, namespace: &str, name: &str) -> Result<Vec<Value>, ClusterError> {
        let request = Request::get(format!("/api/v1/namespaces/{namespace}/secrets/{name}"))
            .header(header::ACCEPT, HEAD)
            .body(Vec::new())?;
        match self.client.request::<Value>(request).await {
            Ok(secret) => Ok(vec![named(secret, Kind::Secret, "v1")]),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
            Err(error) => Err(self.failed(format!("read secret {namespace}/{name}"))(
                error,
            )),
        }
    }

    async fn all_of(&self, kind: Kind, istio_namespace: &str) -> Result<Vec<Value>, ClusterError> {
        let accept = match kind {
            Kind::CustomResourceDefinition => HEADS,
            _ => "application/json",
        };
        for version in kind.versions() {
            let group = match kind.group() {
                "" => format!("/api/{version}"),
                group => format!("/apis/{group}/{version}"),
            };
            // Of all ConfigMaps only those of the control plane are read.
            let within = match kind {
                Kind::ConfigMap => format!("/namespaces/{istio_namespace}"),
                _ => String::new(),
            };
            let path = format!("{group}{within}/{}", kind.plural());
            match self.pages(kind, version, &path, accept).await {
                Err(ClusterError::NoCrd | ClusterError::NotFound { .. }) => {}
                answer => return answer,
            }
        }
        Ok(Vec::new())
    }

    async fn pages(
        &self,
        kind: Kind,
        version: &str,
        path: &str,
        accept: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let mut objects = Vec::new();
        let mut next = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let request = Request::get(format!("{path}{sign}limit={PAGE}{next}"))
                .header(header::ACCEPT, accept)
                .body(Vec::new())?;
            let list = self.client.request::<Value>(request).await;
            let mut list = list.map_err(self.failed(format!("list {}", kind.plural())))?;
            if let Some(Value::Array(items)) = list.get_mut("items").map(Value::take) {
                objects.extend(items.into_iter().map(|item| named(item, kind, version)));
            }
            match list["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => next = format!("&continue={token}"),
                Some(_) | None => return Ok(objects),
            }
        }
    }
}

/// Objects of a list do not say what they are.
fn named(mut object: Value, kind: Kind, version: &str) -> Value {
    let group = kind.group();
    let slash = if group.is_empty() { "" } else { "/" };
    object["apiVersion"] = format!("{group}{slash}{version}").into();
    object["kind"] = kind.as_str().into();
    object
}

fn note(
    kind: Kind,
    answer: Result<Vec<Value>, ClusterError>,
    into: &mut Builder,
    unseen: &mut Vec<Unseen>,
) -> Result<(), ClusterError> {
    match answer {
        Ok(objects) => objects.into_iter().for_each(|object| into.live(object)),
        Err(why @ ClusterError::Refused { .. }) => {
            into.unseen(kind);
            unseen.push(Unseen { kind, why });
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
