//! The records of one installation, as they are and as they are to be.

use kube::ResourceExt;
use mainsheet_core::record::{self, Outcome, Record};
use mainsheet_crds::MeshRevision;
use mainsheet_crds::installation::RevisionStatus;

use super::resolve::Target;

/// The records of one installation, as they are.
#[derive(Debug)]
pub(super) struct Records(pub(super) Vec<Record>);

impl Records {
    /// Whether the record was reached once.
    pub(super) fn reached(&self, name: &str) -> bool {
        record::is_active(name, &self.0)
    }

    /// Their states while nothing is carried out.
    pub(super) fn as_they_are(&self, target: &Target) -> Outcome {
        record::settle(&target.record, false, &self.0, usize::MAX)
    }
}

/// A record as it is stored.
pub(super) fn record(revision: &MeshRevision) -> Record {
    Record {
        name: revision.name_any(),
        version: revision.spec.version.clone(),
        istio_revision: revision.spec.istio_revision.clone(),
        state: revision.status.as_ref().and_then(|status| status.state),
        created: revision
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0)
            .unwrap_or_default(),
    }
}

/// The records as the status lists them.
pub(super) fn statuses(outcome: &Outcome) -> Vec<RevisionStatus> {
    let status = |(record, state): &(Record, _)| RevisionStatus {
        name: record.name.clone(),
        istio_revision: record.istio_revision.clone(),
        version: record.version.clone(),
        state: *state,
        ..RevisionStatus::default()
    };
    outcome.states.iter().map(status).collect()
}
