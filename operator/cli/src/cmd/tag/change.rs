//! A tag is set or removed: in the spec of the installation that holds it, or as objects.

use kube::ResourceExt;
use mainsheet_core::preflight::overlaps;
use mainsheet_core::status::some_of;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::Tag;
use mainsheet_crds::meta::{LABEL_ISTIO_TAG, MANAGER_CLI};
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::{Value, json};

use super::made;
use super::state::State;
use crate::cluster::Cluster;
use crate::error::Error;

/// What has to be done in the cluster.
pub(super) enum Change<'a> {
    /// The tags of specs become these, one after the other.
    Specs(Vec<(&'a MeshInstallation, Vec<Tag>)>),
    /// These objects are written, over those of others where that is wanted.
    Write {
        objects: Vec<(ObjectId, Value)>,
        overwrite: bool,
    },
    /// These objects are deleted.
    Delete(Vec<ObjectId>),
}

/// What lets a tag stand for a revision.
pub(super) fn to_set<'a>(
    state: &'a State,
    tag: &str,
    revision: &str,
    overwrite: bool,
) -> Result<Change<'a>, Error> {
    if let Some(installation) = state.holder(revision) {
        // A tag is one mesh's: the other lets go of it before.
        let mut specs: Vec<_> = state
            .holders_of_tag(tag)
            .into_iter()
            .filter(|one| one.name_any() != installation.name_any())
            .map(|one| (one, other_tags(one, tag)))
            .collect();
        let mut tags = other_tags(installation, tag);
        tags.push(Tag {
            name: tag.to_owned(),
            target: revision.to_owned(),
        });
        specs.push((installation, tags));
        return Ok(Change::Specs(specs));
    }
    if let Some(holder) = state.holders_of_tag(tag).first() {
        return Err(Error::Refused(format!(
            "tag {tag} is in the spec of MeshInstallation {}, and revision {revision} is nobody's; \
             remove it first: mainsheet tag remove {tag}",
            holder.name_any()
        )));
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
    Ok(Change::Write { objects, overwrite })
}

/// What removes a tag.
pub(super) async fn to_remove<'a>(
    state: &'a State,
    tag: &str,
    cluster: &Cluster,
) -> Result<Change<'a>, Error> {
    let specs: Vec<_> = state
        .holders_of_tag(tag)
        .into_iter()
        .map(|one| (one, other_tags(one, tag)))
        .collect();
    if !specs.is_empty() {
        return Ok(Change::Specs(specs));
    }
    let mut ids = Vec::new();
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
            ids.push(ObjectId::new(kind, metadata["namespace"].as_str(), name));
        }
    }
    Ok(Change::Delete(ids))
}

fn other_tags(installation: &MeshInstallation, tag: &str) -> Vec<Tag> {
    let mut tags = installation.spec.tags.clone().unwrap_or_default();
    tags.retain(|one| one.name != tag);
    tags
}

impl Change<'_> {
    /// A line for each object that is touched.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Specs(specs) => {
                let name = |one: &MeshInstallation| one.name_any();
                let line = |name| format!("change  MeshInstallation {name}: spec.tags");
                specs.iter().map(|(one, _)| line(name(one))).collect()
            }
            Self::Write { objects, .. } => {
                let line = |(id, _): &(ObjectId, Value)| format!("write   {id}");
                objects.iter().map(line).collect()
            }
            Self::Delete(ids) => ids.iter().map(|id| format!("delete  {id}")).collect(),
        }
    }

    pub(super) async fn carry_out(&self, cluster: &Cluster) -> Result<(), Error> {
        match self {
            Self::Specs(specs) => {
                for (installation, tags) in specs {
                    let tags = if tags.is_empty() {
                        Value::Null
                    } else {
                        json!(tags)
                    };
                    cluster.set(installation, "tags", tags).await?;
                }
            }
            Self::Write { objects, overwrite } => {
                for (id, object) in objects {
                    cluster.write(id, object, MANAGER_CLI, *overwrite).await?;
                }
            }
            Self::Delete(ids) => {
                for id in ids {
                    cluster.remove_at(id).await?;
                }
            }
        }
        Ok(())
    }
}
