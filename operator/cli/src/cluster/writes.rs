//! Objects of a mesh, written from here where there is no operator: tried, or deleted.

use http::Request;
use mainsheet_core::desired::Desired;
use mainsheet_core::live::Live;
use mainsheet_core::plan::Plan;
use mainsheet_crds::meta::MANAGER;
use mainsheet_manifests::{Kind, ObjectId, render};
use mainsheet_operator::cluster::{Apply, Refusal, WriteError, apply, delete};
use mainsheet_profiles::Resolved;
use serde_json::Value;

use super::{Cluster, ClusterError};
use crate::error::Error;

impl Cluster {
    /// Asks the API server whether it would take every write of a plan. Gives how many could not
    /// be tried, since what they need is part of the plan.
    pub(crate) async fn try_writes(
        &self,
        resolved: &Resolved,
        plan: &Plan,
        force: bool,
    ) -> Result<usize, Error> {
        let desired = Desired::new(&render(resolved)?);
        let mut left = 0;
        for step in plan.writes() {
            let wanted = desired.objects().iter().find(|wanted| wanted.id == step.id);
            let Some(wanted) = wanted else { continue };
            let payload = wanted.payload(None).map_err(crate::output::serialise)?;
            let how = Apply {
                manager: MANAGER,
                force,
                dry_run: true,
            };
            match apply(&self.client, &step.id, &payload, how).await {
                Ok(_) => {}
                Err(error) if is_left_to_others(&step.id, &error) => {}
                Err(error) if matches!(error.refusal(), Some(Refusal::NotFound(_))) => left += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(left)
    }

    /// Applies an object that no mesh has.
    pub(crate) async fn write(
        &self,
        id: &ObjectId,
        object: &Value,
        manager: &str,
        force: bool,
    ) -> Result<(), Error> {
        let how = Apply {
            manager,
            force,
            dry_run: false,
        };
        apply(&self.client, id, &object.to_string(), how).await?;
        Ok(())
    }

    /// Deletes the object of this identity; one that is gone counts as deleted.
    pub(crate) async fn remove_at(&self, id: &ObjectId) -> Result<(), ClusterError> {
        let path = mainsheet_operator::cluster::object(id);
        let request = Request::delete(path).body(Vec::new())?;
        match self.client.request::<Value>(request).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => Err(self.failed(format!("delete {id}"))(error)),
        }
    }

    /// Deletes this very object; one that is gone counts as deleted.
    pub(crate) async fn remove(&self, live: &Live) -> Result<(), Error> {
        Ok(delete(&self.client, live).await?)
    }

    /// Whether this very object is there still.
    pub(crate) async fn is_there(&self, live: &Live) -> Result<bool, ClusterError> {
        let path = mainsheet_operator::cluster::object(&live.id);
        let request = Request::get(path).body(Vec::new())?;
        match self.client.request::<Value>(request).await {
            Ok(found) => Ok(found["metadata"]["uid"] == live.uid.as_str()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(self.failed(format!("get {}", live.id))(error)),
        }
    }
}

/// A namespace or a CRD of somebody else serves as well.
fn is_left_to_others(id: &ObjectId, error: &WriteError) -> bool {
    matches!(id.kind, Kind::Namespace | Kind::CustomResourceDefinition)
        && matches!(error.refusal(), Some(Refusal::Owned(_)))
}
