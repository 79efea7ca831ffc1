//! A tag is set or removed: in the spec of the installation that holds it, or as objects.

use mainsheet_core::preflight::overlaps;
use mainsheet_core::status::some_of;
use mainsheet_crds::installation::Tag;
use mainsheet_crds::meta::{LABEL_ISTIO_TAG, MANAGER_CLI};
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::{Value, json};

use super::made;
use super::state::State;
use crate::cluster::Cluster;
use crate::error::Error;

pub(super) async fn set(
    state: &State,
    tag: &str,
    revision: &str,
    overwrite: bool,
    cluster: &Cluster,
) -> Result<(), Error> {
    if let Some(installation) = state.holder(revision) {
        let mut tags = installation.spec.tags.clone().unwrap_or_default();
        tags.retain(|one| one.name != tag);
        tags.push(Tag {
            name: tag.to_owned(),
            target: revision.to_owned(),
        });
        return Ok(cluster.set(installation, "tags", json!(tags)).await?);
    }
    let objects = made::objects(tag, state.canonical(revision)?)?;
    let ours: Vec<&Value> = objects.iter().map(|(_, object)| object).collect();
    let overlaps = overlaps(&ours, &state.others(tag));
    if !overlaps.is_empty() && !overwrite {
        let said: Vec<String> = overlaps
            .iter()
            .map(|(name, labels)| format!("{name} injects {labels}"))
            .collect();
        return Err(Error::Refused(format!(
            "pods would be injected twice: {}; --overwrite sets the tag all the same",
            some_of(&said)
        )));
    }
    for (id, object) in &objects {
        cluster.write(id, object, MANAGER_CLI, overwrite).await?;
    }
    Ok(())
}

pub(super) async fn remove(state: &State, tag: &str, cluster: &Cluster) -> Result<(), Error> {
    if let Some(installation) = state.holder_of_tag(tag) {
        let mut tags = installation.spec.tags.clone().unwrap_or_default();
        tags.retain(|one| one.name != tag);
        let left = if tags.is_empty() {
            Value::Null
        } else {
            json!(tags)
        };
        return Ok(cluster.set(installation, "tags", left).await?);
    }
    // Webhooks first: none may call a Service that is gone.
    for kind in [Kind::MutatingWebhookConfiguration, Kind::Service] {
        let path = format!(
            "{}?labelSelector={}%3D{tag}",
            mainsheet_operator::cluster::collection(kind),
            LABEL_ISTIO_TAG.replace('/', "%2F")
        );
        for object in cluster.list_at(&path).await? {
            let metadata = &object["metadata"];
            let name = metadata["name"].as_str().unwrap_or_default();
            let id = ObjectId::new(kind, metadata["namespace"].as_str(), name);
            cluster.remove_at(&id).await?;
        }
    }
    Ok(())
}
