//! Reading, applying and deleting MeshInstallations.

use futures::{Stream, StreamExt};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, Preconditions};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use mainsheet_crds::installation::DeletionPolicy;
use mainsheet_crds::meta::MANAGER_CLI;
use mainsheet_crds::{MeshInstallation, MeshRevision};
use serde_json::{Value, json};

use super::{Cluster, ClusterError};

/// How a MeshInstallation is applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apply {
    /// Take over fields that others mean otherwise.
    pub(crate) force: bool,
    /// Only ask whether it would be accepted.
    pub(crate) dry_run: bool,
}

impl Cluster {
    pub(super) fn installations(&self) -> Api<MeshInstallation> {
        Api::all(self.client.clone())
    }

    /// Every MeshInstallation, by name.
    pub(crate) async fn list(&self) -> Result<Vec<MeshInstallation>, ClusterError> {
        let list = self.installations().list(&ListParams::default()).await;
        Ok(list.map_err(self.failed("list MeshInstallations"))?.items)
    }

    /// Every MeshInstallation. Where the kind is not served there is none.
    pub(crate) async fn list_if_served(&self) -> Result<Vec<MeshInstallation>, ClusterError> {
        match self.list().await {
            Err(ClusterError::NoCrd) => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// Every MeshRevision. Where the kind is not served there is none.
    pub(crate) async fn records(&self) -> Result<Vec<MeshRevision>, ClusterError> {
        let records: Api<MeshRevision> = Api::all(self.client.clone());
        match records.list(&ListParams::default()).await {
            Ok(list) => Ok(list.items),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
            Err(error) => Err(self.failed("list MeshRevisions")(error)),
        }
    }

    /// The MeshInstallation of this name, if it is there.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<MeshInstallation>, ClusterError> {
        // Not `get_opt`: that one takes a missing CRD for a missing object.
        let found = self.installations().get(name).await;
        match found.map_err(self.failed(format!("read MeshInstallation {name}"))) {
            Ok(installation) => Ok(Some(installation)),
            Err(ClusterError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The MeshInstallation of this name. Where the kind is not served there is none.
    pub(crate) async fn get_if_served(
        &self,
        name: &str,
    ) -> Result<Option<MeshInstallation>, ClusterError> {
        match self.get(name).await {
            Err(ClusterError::NoCrd) => Ok(None),
            found => found,
        }
    }

    /// The MeshInstallation of this name; without a name the only one that there is.
    pub(crate) async fn pick(&self, name: Option<&str>) -> Result<MeshInstallation, ClusterError> {
        if let Some(name) = name {
            let found = self.get(name).await?;
            return found.ok_or_else(|| ClusterError::NoInstallation(name.to_owned()));
        }
        let mut all = self.list().await?;
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(ClusterError::NoInstallations),
            (Some(last), false) => {
                let names = all.iter().chain([&last]).map(ResourceExt::name_any);
                Err(ClusterError::Ambiguous(
                    names.collect::<Vec<_>>().join(", "),
                ))
            }
        }
    }

    /// Applies a MeshInstallation and returns it as it is then.
    pub(crate) async fn apply(
        &self,
        name: &str,
        object: &Value,
        how: Apply,
    ) -> Result<MeshInstallation, ClusterError> {
        let params = PatchParams {
            dry_run: how.dry_run,
            force: how.force,
            ..PatchParams::apply(MANAGER_CLI).validation_strict()
        };
        let applied = self
            .installations()
            .patch(name, &params, &Patch::Apply(object))
            .await;
        applied.map_err(self.failed(format!("apply MeshInstallation {name}")))
    }

    /// Sets what becomes of the mesh when the installation is deleted.
    pub(crate) async fn set_policy(
        &self,
        name: &str,
        policy: DeletionPolicy,
    ) -> Result<(), ClusterError> {
        let patch = json!({"spec": {"deletionPolicy": policy}});
        let params = PatchParams {
            field_manager: Some(MANAGER_CLI.to_owned()),
            ..PatchParams::default().validation_strict()
        };
        let patched = self
            .installations()
            .patch(name, &params, &Patch::Merge(patch))
            .await;
        patched.map_err(self.failed(format!(
            "set spec.deletionPolicy of MeshInstallation {name}"
        )))?;
        Ok(())
    }

    /// Deletes this very installation, and no later one of its name.
    pub(crate) async fn delete(&self, installation: &MeshInstallation) -> Result<(), ClusterError> {
        let name = installation.name_any();
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: installation.uid(),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let deleted = self.installations().delete(&name, &params).await;
        deleted.map_err(self.failed(format!("delete MeshInstallation {name}")))?;
        Ok(())
    }

    /// The installation now and whenever it changes; none when it is not there. Lost connections
    /// are made again, a little later each time.
    pub(crate) fn watch(
        &self,
        name: &str,
    ) -> impl Stream<Item = Result<Option<MeshInstallation>, ClusterError>> + Send + use<> {
        let cluster = self.clone();
        let doing = format!("watch MeshInstallation {name}");
        watcher::watch_object(self.installations(), name)
            .default_backoff()
            .map(move |seen| seen.map_err(|error| cluster.watch_failed(&doing, error)))
    }

    fn watch_failed(&self, doing: &str, error: watcher::Error) -> ClusterError {
        match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => self.failed(doing)(error),
            watcher::Error::WatchError(status) => self.failed(doing)(kube::Error::Api(status)),
            watcher::Error::NoResourceVersion => ClusterError::Refused {
                doing: doing.to_owned(),
                message: error.to_string(),
            },
        }
    }
}
