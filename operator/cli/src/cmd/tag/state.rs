//! Which tags and revisions there are: in the specs of MeshInstallations, and as webhooks.

use std::collections::BTreeSet;

use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::Tag;
use mainsheet_crds::meta::{DEFAULT_REVISION, LABEL_ISTIO_REV, LABEL_ISTIO_TAG};
use mainsheet_crds::revision::RevisionState;
use serde_json::Value;

use crate::cluster::{Cluster, ClusterError};
use crate::error::Error;

/// What the cluster has of tags.
#[derive(Debug, Default)]
pub(super) struct State {
    installations: Vec<MeshInstallation>,
    webhooks: Vec<Value>,
    namespaces: Vec<Value>,
}

impl State {
    /// Reads it.
    pub(super) async fn gather(cluster: &Cluster) -> Result<Self, ClusterError> {
        let installations = match cluster.list().await {
            Err(ClusterError::NoCrd) => Vec::new(),
            listed => listed?,
        };
        let path = format!(
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?labelSelector={}",
            LABEL_ISTIO_REV.replace('/', "%2F")
        );
        Ok(Self {
            installations,
            webhooks: cluster.list_at(&path).await?,
            namespaces: cluster.list_at("/api/v1/namespaces").await?,
        })
    }

    /// Every tag, by name.
    pub(super) fn tags(&self) -> Vec<String> {
        let of_webhooks = self
            .webhooks
            .iter()
            .filter_map(|webhook| label(webhook, LABEL_ISTIO_TAG));
        let of_specs = self.specs().map(|(_, tag)| tag.name.as_str());
        let all: BTreeSet<String> = of_webhooks.chain(of_specs).map(str::to_owned).collect();
        all.into_iter().collect()
    }

    /// Every revision, by name.
    pub(super) fn revisions(&self) -> Vec<String> {
        let plain = self
            .webhooks
            .iter()
            .filter(|webhook| label(webhook, LABEL_ISTIO_TAG).is_none());
        let of_webhooks = plain.filter_map(|webhook| label(webhook, LABEL_ISTIO_REV));
        let all: BTreeSet<String> = of_webhooks.map(str::to_owned).collect();
        all.into_iter().collect()
    }

    /// The revision that a tag stands for: as its webhook says, or as a spec wants it.
    pub(super) fn revision_of(&self, tag: &str) -> Option<&str> {
        let of_webhook = self
            .webhooks
            .iter()
            .find(|webhook| label(webhook, LABEL_ISTIO_TAG) == Some(tag));
        if let Some(revision) = of_webhook.and_then(|webhook| label(webhook, LABEL_ISTIO_REV)) {
            return Some(revision);
        }
        let (installation, wanted) = self.specs().find(|(_, wanted)| wanted.name == tag)?;
        Some(target(installation, &wanted.target))
    }

    /// Namespaces whose pods are injected by this tag or revision.
    pub(super) fn namespaces_of(&self, name: &str) -> Vec<String> {
        let named = self.namespaces.iter().filter(|namespace| {
            match (
                label(namespace, "istio-injection"),
                label(namespace, LABEL_ISTIO_REV),
            ) {
                (Some("enabled"), _) => name == DEFAULT_REVISION,
                (Some(_), _) => false,
                (None, revision) => revision == Some(name),
            }
        });
        named
            .filter_map(|namespace| namespace["metadata"]["name"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// The installation whose spec a tag of this revision belongs into.
    pub(super) fn holder(&self, revision: &str) -> Option<&MeshInstallation> {
        self.installations.iter().find(|one| {
            let own = match one.spec.revision() {
                "" => DEFAULT_REVISION,
                own => own,
            };
            let status = one.status.iter().flat_map(|status| &status.revisions);
            own == revision
                || status
                    .into_iter()
                    .any(|kept| kept.istio_revision == revision)
        })
    }

    /// The installations whose specs have this tag.
    pub(super) fn holders_of_tag(&self, tag: &str) -> Vec<&MeshInstallation> {
        let held = self.specs().filter(|(_, wanted)| wanted.name == tag);
        held.map(|(one, _)| one).collect()
    }

    /// The one webhook of a revision that is no tag.
    pub(super) fn canonical(&self, revision: &str) -> Result<&Value, Error> {
        let mut found = self.webhooks.iter().filter(|webhook| {
            label(webhook, LABEL_ISTIO_REV) == Some(revision)
                && label(webhook, LABEL_ISTIO_TAG).is_none()
        });
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Error::Usage(format!(
                "there is no revision {revision:?}; there are: {}",
                self.revisions().join(", ")
            ))),
            (Some(_), Some(_)) => Err(Error::Refused(format!(
                "revision {revision} has several injection webhooks; delete those that are left over"
            ))),
        }
    }

    /// Whether a tag may be set: it has a name of its own, and is not there yet unless it may be moved.
    pub(super) fn check(&self, tag: &str, revision: &str, overwrite: bool) -> Result<(), Error> {
        if self.holder(revision).is_none() {
            self.canonical(revision)?;
        }
        if tag == revision {
            return Err(Error::Usage(format!(
                "tag {tag:?} is the revision itself; a tag needs another name"
            )));
        }
        if !overwrite && tag != DEFAULT_REVISION && self.revisions().iter().any(|own| own == tag) {
            return Err(Error::Refused(format!(
                "{tag:?} is a revision already; a tag of that name takes its namespaces over, which --overwrite allows"
            )));
        }
        match self.revision_of(tag) {
            Some(before) if before != revision && !overwrite => Err(Error::Refused(format!(
                "tag {tag:?} stands for revision {before} already; --overwrite moves it"
            ))),
            Some(_) | None => Ok(()),
        }
    }

    /// Webhooks other than those of a tag.
    pub(super) fn others(&self, tag: &str) -> Vec<&Value> {
        self.webhooks
            .iter()
            .filter(|webhook| label(webhook, LABEL_ISTIO_TAG) != Some(tag))
            .collect()
    }

    fn specs(&self) -> impl Iterator<Item = (&MeshInstallation, &Tag)> {
        self.installations
            .iter()
            .flat_map(|one| one.spec.tags.iter().flatten().map(move |tag| (one, tag)))
    }
}

/// The revision that a target means.
fn target<'a>(installation: &'a MeshInstallation, target: &'a str) -> &'a str {
    let state = match target {
        "Active" => RevisionState::Active,
        "Candidate" => RevisionState::Candidate,
        name => return name,
    };
    let records = installation
        .status
        .iter()
        .flat_map(|status| &status.revisions);
    let found = records.into_iter().find(|kept| kept.state == state);
    found.map_or(target, |kept| kept.istio_revision.as_str())
}

fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}
