//! A wish to try again is heard once: then its annotation goes, so that a second failure is final
//! again until somebody asks anew.

use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::{ANNOTATION_RETRY, MANAGER};
use serde_json::json;

use super::pass::Pass;
use super::{Context, Error};

/// Takes the annotation away if the wish was heard. By then the record is stored as begun.
pub(super) async fn answer(
    installation: &MeshInstallation,
    pass: &Pass,
    context: &Context,
) -> Result<(), Error> {
    if !pass.retried {
        return Ok(());
    }
    let api: Api<MeshInstallation> = Api::all(context.client.clone());
    let patch = json!({"metadata": {"annotations": {ANNOTATION_RETRY: null}}});
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    match api
        .patch_metadata(&installation.name_any(), &params, &Patch::Merge(patch))
        .await
    {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::Retry(error)),
    }
}
