//! First step: the installation is ours to work on.

use std::sync::Arc;

use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::{DEFAULT_REVISION, FINALIZER, MANAGER};
use serde_json::json;

use super::{Context, Error};

/// Sets the finalizer, so that a deletion waits until the `deletionPolicy` is carried out. The
/// resource version makes the API server refuse when somebody has written other finalizers.
pub(super) async fn claim(
    installation: &MeshInstallation,
    context: &Context,
) -> Result<(), kube::Error> {
    let mut finalizers = installation.finalizers().to_vec();
    if finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(());
    }
    finalizers.push(FINALIZER.to_owned());
    set_finalizers(installation, &finalizers, context).await
}

/// Takes the finalizer away: the API server may forget the installation.
pub(super) async fn release(
    installation: &MeshInstallation,
    context: &Context,
) -> Result<(), kube::Error> {
    let mut finalizers = installation.finalizers().to_vec();
    finalizers.retain(|finalizer| finalizer != FINALIZER);
    match set_finalizers(installation, &finalizers, context).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        result => result,
    }
}

async fn set_finalizers(
    installation: &MeshInstallation,
    finalizers: &[String],
    context: &Context,
) -> Result<(), kube::Error> {
    let api: Api<MeshInstallation> = Api::all(context.client.clone());
    let patch = json!({"metadata": {
        "finalizers": finalizers,
        "resourceVersion": installation.resource_version(),
    }});
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    api.patch_metadata(&installation.name_any(), &params, &Patch::Merge(patch))
        .await?;
    Ok(())
}

/// Of installations with one namespace and revision, the oldest is carried out.
pub(super) fn refuse_duplicate(
    installation: &MeshInstallation,
    all: &[Arc<MeshInstallation>],
) -> Result<(), Error> {
    let age = |one: &MeshInstallation| {
        (
            one.metadata.creation_timestamp.as_ref().map(|time| time.0),
            one.name_any(),
        )
    };
    let place = |one: &MeshInstallation| {
        (
            one.spec.namespace().to_owned(),
            one.spec.revision().to_owned(),
        )
    };
    let older = all
        .iter()
        .filter(|other| {
            other.name_any() != installation.name_any() && place(other) == place(installation)
        })
        .filter(|other| age(other) < age(installation))
        .min_by_key(|other| age(other));
    let Some(holder) = older else { return Ok(()) };
    let (namespace, revision) = place(installation);
    Err(Error::Duplicate {
        holder: holder.name_any(),
        namespace,
        revision: if revision.is_empty() {
            DEFAULT_REVISION.to_owned()
        } else {
            revision
        },
    })
}

#[cfg(test)]
mod tests {
    use mainsheet_crds::MeshInstallationSpec;

    use super::*;

    fn installation(name: &str, created: i64, revision: Option<&str>) -> Arc<MeshInstallation> {
        let spec = MeshInstallationSpec {
            revision: revision.map(str::to_owned),
            ..Default::default()
        };
        let mut installation = MeshInstallation::new(name, spec);
        let time = jiff::Timestamp::from_second(created).unwrap();
        installation.metadata.creation_timestamp =
            Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(time));
        Arc::new(installation)
    }

    #[test]
    fn the_younger_of_two_is_refused_with_the_name_of_the_older() {
        let (old, young) = (
            installation("sea", 1, None),
            installation("lake", 2, Some("default")),
        );
        let all = [Arc::clone(&old), Arc::clone(&young)];
        assert!(refuse_duplicate(&old, &all).is_ok());
        let error = refuse_duplicate(&young, &all).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "MeshInstallation sea has namespace istio-system and revision default"
            ),
            "{error}"
        );
    }

    #[test]
    fn another_revision_is_no_duplicate() {
        let all = [
            installation("sea", 1, None),
            installation("lake", 2, Some("canary")),
        ];
        assert!(refuse_duplicate(&all[1], &all).is_ok());
    }
}
