//! Single changes of a MeshInstallation: one annotation, one field of the spec.

use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::MANAGER_CLI;
use serde_json::{Value, json};

use super::{Cluster, ClusterError};

impl Cluster {
    /// Sets an annotation, or takes it away.
    pub(crate) async fn annotate(
        &self,
        installation: &MeshInstallation,
        key: &str,
        value: Option<&str>,
    ) -> Result<(), ClusterError> {
        let doing = format!(
            "annotate MeshInstallation {} with {key}",
            installation.name_any()
        );
        let change = json!({"metadata": {"annotations": {key: value}}});
        self.change(installation, change, &doing).await
    }

    /// Sets a field of the spec; null takes it away.
    pub(crate) async fn set(
        &self,
        installation: &MeshInstallation,
        field: &str,
        value: Value,
    ) -> Result<(), ClusterError> {
        let doing = format!(
            "set spec.{field} of MeshInstallation {}",
            installation.name_any()
        );
        let change = json!({"spec": {field: value}});
        self.change(installation, change, &doing).await
    }

    /// Changes this very installation, and no later one of its name.
    async fn change(
        &self,
        installation: &MeshInstallation,
        mut change: Value,
        doing: &str,
    ) -> Result<(), ClusterError> {
        change["metadata"]["uid"] = json!(installation.uid());
        let params = PatchParams {
            field_manager: Some(MANAGER_CLI.to_owned()),
            ..PatchParams::default().validation_strict()
        };
        let patched = self
            .installations()
            .patch(&installation.name_any(), &params, &Patch::Merge(change))
            .await;
        patched.map_err(self.failed(doing))?;
        Ok(())
    }
}

/// Who applies a field of the spec again and again, and so would put it back: the managers that
/// have applied it, other than this command.
pub(crate) fn appliers(installation: &MeshInstallation, field: &str) -> Vec<String> {
    let pointer = format!("/f:spec/f:{field}");
    let entries = installation.metadata.managed_fields.iter().flatten();
    entries
        .filter(|entry| entry.operation.as_deref() == Some("Apply"))
        .filter(|entry| {
            let fields = entry.fields_v1.as_ref();
            fields.is_some_and(|fields| fields.0.pointer(&pointer).is_some())
        })
        .filter_map(|entry| entry.manager.clone())
        .filter(|manager| manager != MANAGER_CLI)
        .collect()
}
