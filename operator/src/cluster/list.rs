//! Single lists, for what is looked at once and never watched.

use http::{Request, header};
use kube::Client;
use mainsheet_manifests::ObjectId;
use serde_json::Value;

use super::path;

/// The objects at a path, whole; none where the API server does not know the kind.
///
/// # Errors
/// When the API server does not answer, or refuses.
pub async fn list(client: &Client, path: &str) -> Result<Vec<Value>, kube::Error> {
    get(client, path, "application/json").await
}

/// One object, whole, by the right to list its kind; none where there is none.
///
/// # Errors
/// As [`list`].
pub async fn read(client: &Client, id: &ObjectId) -> Result<Option<Value>, kube::Error> {
    let found = list(client, &path::only(id)).await?;
    Ok(found.into_iter().next())
}

/// Whether one object is there, whoever made it.
///
/// # Errors
/// As [`list`].
pub async fn is_there(client: &Client, id: &ObjectId) -> Result<bool, kube::Error> {
    let found = list_metadata(client, &path::only(id)).await?;
    Ok(!found.is_empty())
}

/// The same with nothing but their metadata.
///
/// # Errors
/// As [`list`].
pub async fn list_metadata(client: &Client, path: &str) -> Result<Vec<Value>, kube::Error> {
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    get(client, path, accept).await
}

async fn get(client: &Client, path: &str, accept: &str) -> Result<Vec<Value>, kube::Error> {
    let request = Request::get(path)
        .header(header::ACCEPT, accept)
        .body(Vec::new())
        .map_err(kube::Error::HttpError)?;
    match client.request::<Value>(request).await {
        Ok(mut list) => Ok(match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(_) | None => Vec::new(),
        }),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
