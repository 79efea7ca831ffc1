//! Writes of single objects: server-side apply and deletion.

use http::{Request, header};
use kube::Client;
use mainsheet_core::live::Live;
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::{Value, json};

use super::{Refusal, WriteError, path};

/// How an object is applied.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Whether fields that others mean otherwise are taken over.
    pub force: bool,
    /// Whether the API server only says what would happen.
    pub dry_run: bool,
}

/// Applies an object, given as JSON or YAML text, and returns it as the API server has it then.
/// Of a CRD only the metadata comes back: its schema is large, and known.
pub async fn apply(
    client: &Client,
    id: &ObjectId,
    payload: &str,
    how: Apply<'_>,
) -> Result<Value, WriteError> {
    let dry_run = if how.dry_run { "&dryRun=All" } else { "" };
    let uri = format!(
        "{}?fieldManager={}&force={}&fieldValidation=Strict{dry_run}",
        path::object(id),
        how.manager,
        how.force
    );
    let accept = match id.kind {
        Kind::CustomResourceDefinition => {
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
        }
        _ => "application/json",
    };
    let request = Request::patch(uri)
        .header(header::CONTENT_TYPE, "application/apply-patch+yaml")
        .header(header::ACCEPT, accept)
        .body(payload.as_bytes().to_vec())
        .map_err(|source| WriteError::Request {
            id: id.clone(),
            source,
        })?;
    client
        .request(request)
        .await
        .map_err(|error| WriteError::from_kube(id, error))
}

/// Merges a strategic patch into an object, given as JSON, and returns it as the API server has it
/// then.
pub async fn merge(
    client: &Client,
    id: &ObjectId,
    patch: String,
    manager: &str,
) -> Result<Value, WriteError> {
    patch_as(
        client,
        id,
        patch,
        manager,
        "application/strategic-merge-patch+json",
    )
    .await
}

/// The same with a plain merge patch, which says nothing but metadata.
pub async fn merge_metadata(
    client: &Client,
    id: &ObjectId,
    patch: String,
    manager: &str,
) -> Result<Value, WriteError> {
    patch_as(client, id, patch, manager, "application/merge-patch+json").await
}

async fn patch_as(
    client: &Client,
    id: &ObjectId,
    patch: String,
    manager: &str,
    how: &str,
) -> Result<Value, WriteError> {
    let uri = format!(
        "{}?fieldManager={manager}&fieldValidation=Strict",
        path::object(id)
    );
    let request = Request::patch(uri)
        .header(header::CONTENT_TYPE, how)
        .header(header::ACCEPT, "application/json")
        .body(patch.into_bytes())
        .map_err(|source| WriteError::Request {
            id: id.clone(),
            source,
        })?;
    client
        .request(request)
        .await
        .map_err(|error| WriteError::from_kube(id, error))
}

/// Deletes this very object; one that is gone, or has been replaced by another of its name, counts
/// as deleted.
pub async fn delete(client: &Client, live: &Live) -> Result<(), WriteError> {
    let options = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": live.uid},
        "propagationPolicy": "Background",
    });
    let request = Request::delete(path::object(&live.id))
        .header(header::CONTENT_TYPE, "application/json")
        .body(options.to_string().into_bytes())
        .map_err(|source| WriteError::Request {
            id: live.id.clone(),
            source,
        })?;
    match client.request::<Value>(request).await {
        Ok(_) => Ok(()),
        Err(error) => match WriteError::from_kube(&live.id, error) {
            WriteError::Refused {
                refusal: Refusal::NotFound(_) | Refusal::Owned(_),
                ..
            } => Ok(()),
            error => Err(error),
        },
    }
}
