//! Records with their objects, rendered once: from a spec, or from what a `MeshRevision` has stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::{Api, ResourceExt};
use mainsheet_core::desired::Desired;
use mainsheet_core::record;
use mainsheet_crds::{FreeObject, MeshRevision};
use mainsheet_manifests::Kind;
use mainsheet_profiles::Resolved;
use serde_json::Value;

use super::{Context, Error};
use crate::shared::Shared;

/// A record with its objects.
#[derive(Debug)]
pub(super) struct Rendered {
    /// Name of the record.
    pub(super) record: String,
    /// Digest of the record.
    pub(super) hash: String,
    /// Digest of what was asked for at the public revision.
    pub(super) wish: String,
    /// What it resolved to.
    pub(super) resolved: Resolved,
    /// Its objects, as if it were alone.
    pub(super) desired: Desired,
}

/// A record whose objects cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RenderedError {
    /// The templates cannot render it.
    #[error("cannot render")]
    Render(#[from] mainsheet_manifests::RenderError),
    /// The resolved spec cannot be stored.
    #[error("cannot store the resolved spec")]
    Store(#[source] serde_json::Error),
    /// What a record holds is not what this operator can read.
    #[error("cannot read spec.resolved of MeshRevision {record}")]
    Read {
        /// Which record.
        record: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// Records that were read back, by name.
#[derive(Debug, Default)]
pub(super) struct Memo(Shared<BTreeMap<String, Arc<Rendered>>>);

// === impl Rendered ===

impl Rendered {
    /// Renders what a spec resolved to.
    pub(super) fn new(resolved: Resolved, wish: &str) -> Result<Self, RenderedError> {
        let manifests = mainsheet_manifests::render(&resolved)?;
        let hash = resolved.hash();
        Ok(Self {
            record: record::name(&resolved.installation, &hash),
            hash,
            wish: wish.to_owned(),
            desired: Desired::new(&manifests),
            resolved,
        })
    }

    /// What goes into the record.
    pub(super) fn stored(&self) -> Result<FreeObject, RenderedError> {
        let value = serde_json::to_value(&self.resolved).map_err(RenderedError::Store)?;
        Ok(match value {
            Value::Object(map) => map,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => FreeObject::new(),
        })
    }

    /// The kinds of its objects.
    pub(super) fn kinds(&self) -> BTreeSet<Kind> {
        let wanted = self.desired.objects().iter().map(|wanted| wanted.id.kind);
        wanted.collect()
    }
}

// === impl Memo ===

impl Memo {
    /// A record as it is stored. It is read from the cluster once, since the watch drops what it
    /// holds.
    pub(super) async fn stored(
        &self,
        name: &str,
        context: &Context,
    ) -> Result<Arc<Rendered>, Error> {
        if let Some(known) = self.known(name) {
            return Ok(known);
        }
        let api: Api<MeshRevision> = Api::all(context.client.clone());
        let revision = api.get(name).await.map_err(Error::Read)?;
        let rendered = read(revision).map_err(|error| Error::Resolve(error.into()))?;
        self.keep(Arc::new(rendered));
        self.known(name)
            .ok_or_else(|| Error::Forgotten(name.to_owned()))
    }

    /// Keeps one that need not be read, since it has just been written.
    pub(super) fn keep(&self, rendered: Arc<Rendered>) {
        self.0.lock().insert(rendered.record.clone(), rendered);
    }

    /// Forgets those of an installation that are not in use.
    pub(super) fn tidy(&self, installation: &str, used: &BTreeSet<&str>) {
        self.0.lock().retain(|name, rendered| {
            rendered.resolved.installation != installation || used.contains(name.as_str())
        });
    }

    fn known(&self, name: &str) -> Option<Arc<Rendered>> {
        self.0.lock().get(name).cloned()
    }
}

fn read(revision: MeshRevision) -> Result<Rendered, RenderedError> {
    let record = revision.name_any();
    let wish = revision.spec.wish.clone();
    let resolved: Resolved = serde_json::from_value(Value::Object(revision.spec.resolved))
        .map_err(|source| RenderedError::Read {
            record: record.clone(),
            source,
        })?;
    let rendered = Rendered::new(resolved, wish.as_deref().unwrap_or(&revision.spec.hash))?;
    // The name and the digest are as they were stored, whatever a later operator would make of them.
    Ok(Rendered {
        record,
        hash: revision.spec.hash,
        ..rendered
    })
}
