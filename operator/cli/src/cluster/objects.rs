//! The objects of the mesh as they are in the cluster, for comparing.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use mainsheet_core::live::Live;
use mainsheet_core::plan::Inventory;
use mainsheet_crds::meta::{LABEL_MANAGED_BY, MANAGED_BY};
use mainsheet_manifests::{Kind, ObjectId};
use mainsheet_operator::cluster::{collection, is_there, object};
use serde_json::Value;

use super::{Cluster, ClusterError};

/// How many requests are under way at a time.
const PARALLEL: usize = 8;

impl Cluster {
    /// Version of the API server, such as `v1.36.4`.
    pub(crate) async fn kubernetes(&self) -> Result<String, ClusterError> {
        let version = self.client.apiserver_version().await;
        Ok(version
            .map_err(self.failed("ask for the version of the API server"))?
            .git_version)
    }

    /// Everything that carries Mainsheet's label.
    pub(crate) async fn inventory(&self) -> Result<Inventory, ClusterError> {
        let lists = stream::iter(Kind::ALL).map(|kind| self.of_kind(*kind));
        let lists: Vec<Vec<Live>> = lists.buffer_unordered(PARALLEL).try_collect().await?;
        Ok(lists
            .into_iter()
            .flatten()
            .map(|live| (live.id.clone(), live))
            .collect())
    }

    async fn of_kind(&self, kind: Kind) -> Result<Vec<Live>, ClusterError> {
        let path = format!(
            "{}?labelSelector={LABEL_MANAGED_BY}%3D{MANAGED_BY}",
            collection(kind)
        );
        let request = Request::get(path).body(Vec::new())?;
        let doing = format!("list {}", kind.plural());
        let mut list: Value = match self.client.request(request).await {
            Ok(list) => list,
            // A kind that the cluster does not have yet has no objects.
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(doing)(error)),
        };
        let items = match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(_) | None => Vec::new(),
        };
        Ok(items
            .into_iter()
            .filter_map(|item| Live::from_value(kind, item))
            .collect())
    }

    /// An object as it is now, if it is there.
    pub(crate) async fn read(&self, id: &ObjectId) -> Result<Option<Value>, ClusterError> {
        let request = Request::get(object(id)).body(Vec::new())?;
        match self.client.request::<Value>(request).await {
            Ok(found) => Ok(Some(found)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(self.failed(format!("read {id}"))(error)),
        }
    }

    /// Those of the given objects that are there.
    pub(crate) async fn present(
        &self,
        ids: &[ObjectId],
    ) -> Result<BTreeSet<ObjectId>, ClusterError> {
        let found = stream::iter(ids).map(|id| async move {
            Ok::<_, ClusterError>(self.is_present(id).await?.then(|| id.clone()))
        });
        let found: Vec<Option<ObjectId>> = found.buffer_unordered(PARALLEL).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn is_present(&self, id: &ObjectId) -> Result<bool, ClusterError> {
        let there = is_there(&self.client, id).await;
        there.map_err(self.failed(format!("read {id}")))
    }
}
