//! What is wanted: by a MeshInstallation, by the record that it is held at, or by a file.

use kube::ResourceExt;
use kube::core::{DynamicObject, GroupVersionKind};
use kube::{Api, discovery};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::GROUP;
use mainsheet_manifests::{Kind, ObjectId};
use mainsheet_operator::controller::preview::Preview;
use serde_json::Value;

use super::judge::{self, Finding};
use crate::cluster::Cluster;
use crate::error::Error;
use crate::input::{InputError, Parsed, wanted_of};
use crate::mesh::{self, as_stored};

/// Every object of a mesh.
pub(super) async fn of_mesh(
    installation: &MeshInstallation,
    preview: &Preview,
) -> Result<Vec<Finding>, Error> {
    let name = installation.name_any();
    let foreseen = Box::pin(preview.of(installation)).await?;
    let objects = foreseen.desired.objects().iter();
    Ok(preview.live(|live| {
        objects
            .map(|wanted| {
                let found = live.get(&wanted.id);
                judge::of_mesh(&name, wanted, found, foreseen.foreign.contains(&wanted.id))
            })
            .collect()
    }))
}

/// Every object that the files say, and every object of the meshes in them.
pub(super) async fn of_files(
    documents: Vec<Parsed>,
    cluster: &Cluster,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let mut preview = None;
    for document in documents.into_iter().flat_map(Parsed::flat) {
        let group = document.value["apiVersion"].as_str().unwrap_or_default();
        if group.starts_with(GROUP) && document.value["kind"] == "MeshInstallation" {
            let wanted = wanted_of(&document)?;
            let before = cluster.get_if_served(&wanted.name).await?;
            let preview = match &preview {
                Some(preview) => preview,
                None => preview.insert(mesh::preview(cluster).await?),
            };
            let stored = as_stored(&wanted, before.as_ref(), preview);
            findings.extend(of_mesh(&stored, preview).await?);
        } else {
            findings.push(of_object(&document, cluster).await?);
        }
    }
    Ok(findings)
}

async fn of_object(document: &Parsed, cluster: &Cluster) -> Result<Finding, Error> {
    let wanted = &document.value;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (Some(version), Some(kind), Some(name)) = (
        text(&wanted["apiVersion"]),
        text(&wanted["kind"]),
        text(&wanted["metadata"]["name"]),
    ) else {
        return Err(InputError::Kind {
            file: document.file.clone(),
            given: "a document without apiVersion, kind or metadata.name given".to_owned(),
            allowed: "MeshInstallations and objects of Kubernetes",
        }
        .into());
    };
    let namespace = text(&wanted["metadata"]["namespace"]);
    let place = namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!("{namespace}/"));
    let shown = format!("{kind} {place}{name}");
    let ours = Kind::from_name(&kind).filter(|known| known.api_version() == version);
    let found = match ours {
        Some(known) => {
            cluster
                .read(&ObjectId::new(known, namespace.as_deref(), &name))
                .await?
        }
        None => read(&version, &kind, namespace.as_deref(), &name, cluster).await?,
    };
    Ok(judge::of_object(shown, ours, wanted, found.as_ref()))
}

/// An object of any kind that the cluster serves. One of a kind that it does not is not there.
async fn read(
    version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    cluster: &Cluster,
) -> Result<Option<Value>, Error> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = GroupVersionKind::gvk(group, version, kind);
    let doing = format!("read {} {name}", kind.kind);
    let (resource, _) = match discovery::pinned_kind(&cluster.client, &kind).await {
        Ok(found) => found,
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
        Err(kube::Error::Discovery(_)) => return Ok(None),
        Err(error) => return Err(cluster.failed(doing)(error).into()),
    };
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(cluster.client.clone(), namespace, &resource),
        None => Api::all_with(cluster.client.clone(), &resource),
    };
    match api.get(name).await {
        Ok(object) => Ok(Some(
            serde_json::to_value(object).map_err(crate::output::serialise)?,
        )),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(cluster.failed(doing)(error).into()),
    }
}
