//! What is in the cluster and not watched, read once where a step asks for it.

use mainsheet_manifests::{Kind, ObjectId};
use serde_json::Value;

use super::{Context, Error};
use crate::cluster;

/// How many requests are under way at a time, where many objects are read.
pub(super) const PARALLEL: usize = 8;

/// Everything of a kind, whoever made it.
pub(super) async fn all(kind: Kind, context: &Context) -> Result<Vec<Value>, Error> {
    list(&cluster::collection(kind), context).await
}

/// The objects at a path.
pub(super) async fn list(path: &str, context: &Context) -> Result<Vec<Value>, Error> {
    let listed = cluster::list(&context.client, path).await;
    listed.map_err(Error::Gather)
}

/// The same with nothing but their metadata.
pub(super) async fn list_metadata(path: &str, context: &Context) -> Result<Vec<Value>, Error> {
    let listed = cluster::list_metadata(&context.client, path).await;
    listed.map_err(Error::Gather)
}

/// Whether an object is there, whoever made it.
pub(super) async fn is_there(id: &ObjectId, context: &Context) -> Result<bool, Error> {
    let found = cluster::is_there(&context.client, id).await;
    found.map_err(Error::Gather)
}

/// One object, if it is there.
pub(super) async fn read(id: &ObjectId, context: &Context) -> Result<Option<Value>, Error> {
    let object = cluster::read(&context.client, id).await;
    object.map_err(Error::Gather)
}
