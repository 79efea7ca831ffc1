//! What can go wrong in a pass, one variant a step, and what each means for the status.

use mainsheet_core::plan::Blocked;
use mainsheet_core::status::{Phase, some_of};
use mainsheet_crds::conditions::reasons;

use super::resolve::ResolveError;
use crate::cache::describe;
use crate::cluster::{Refusal, WriteError};
use crate::dataplane::RestartError;

/// What to do where a takeover is refused.
const REMEDY: &str = "change the spec until nothing restarts, or allow it with the annotation mainsheet.dev/adopt-restart=allow";
/// What to do about objects of somebody else.
const TAKE_OVER: &str =
    "what another installer has made is taken over with the annotation mainsheet.dev/adopt=allow";

/// A pass that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The finalizer could not be set.
    #[error("cannot set the finalizer")]
    Claim(#[source] kube::Error),
    /// The spec asks for what cannot be.
    #[error("the spec cannot be resolved")]
    Resolve(#[source] ResolveError),
    /// A record could not be read back.
    #[error("cannot read a MeshRevision")]
    Read(#[source] kube::Error),
    /// A record that was read a moment ago is not known any more.
    #[error("MeshRevision {0} was forgotten while it was needed; it is read again")]
    Forgotten(String),
    /// Workloads could not be restarted.
    #[error("cannot restart workloads")]
    Restart(#[source] RestartError),
    /// The answer to a wish to try again could not be given.
    #[error("cannot take the annotation away that asked to try again")]
    Retry(#[source] kube::Error),
    /// Another installation has the same namespace and revision.
    #[error(
        "MeshInstallation {holder} has namespace {namespace} and revision {revision} already; change spec.namespace or spec.revision of one of them, or delete one"
    )]
    Duplicate {
        /// The older installation.
        holder: String,
        /// The namespace of both.
        namespace: String,
        /// The revision of both.
        revision: String,
    },
    /// The record could not be written.
    #[error("cannot write the MeshRevision")]
    Freeze(#[source] kube::Error),
    /// A wanted object belongs to another installation.
    #[error("{id} belongs to MeshInstallation {holder}", id = .0.id, holder = .0.holder)]
    Blocked(Blocked),
    /// Objects of another installer cannot be taken over as they are.
    #[error("{}; {REMEDY}", some_of(.0))]
    Adoption(Vec<String>),
    /// An object could not be written.
    #[error("cannot apply")]
    CarryOut(#[source] WriteError),
    /// The state of a record could not be written.
    #[error("cannot write the state of a MeshRevision")]
    Settle(#[source] kube::Error),
    /// The status could not be written.
    #[error("cannot write the status")]
    Publish(#[source] kube::Error),
    /// What uses the mesh could not be read.
    #[error("cannot read what is in the cluster")]
    Gather(#[source] kube::Error),
    /// The installation could not be removed.
    #[error("cannot remove the mesh")]
    Remove(#[source] WriteError),
    /// The records could not be deleted or the finalizer not taken away.
    #[error("cannot let the installation go")]
    Release(#[source] kube::Error),
}

impl Error {
    /// What the status says of it. Only what a person must mend is Stalled: GitOps tools give up
    /// on that.
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::Resolve(error) => Phase::Stalled(reasons::INVALID_SPEC, describe(error)),
            Self::Duplicate { .. } => Phase::Stalled(reasons::DUPLICATE, self.to_string()),
            Self::Blocked(_) => Phase::Stalled(reasons::NOT_OWNED, self.to_string()),
            Self::Adoption(_) => Phase::Stalled(reasons::ADOPTION_REFUSED, self.to_string()),
            Self::CarryOut(error) | Self::Remove(error) => write_phase(error),
            Self::Forgotten(_) => Phase::Working(reasons::APPLY_FAILED, self.to_string()),
            Self::Restart(error) => Phase::Working(reasons::APPLY_FAILED, describe(error)),
            Self::Claim(error)
            | Self::Read(error)
            | Self::Gather(error)
            | Self::Retry(error)
            | Self::Freeze(error)
            | Self::Settle(error)
            | Self::Publish(error)
            | Self::Release(error) => kube_phase(self, error),
        }
    }
}

fn write_phase(error: &WriteError) -> Phase {
    let message = describe(error);
    match error.refusal() {
        Some(Refusal::Owned(_)) => {
            Phase::Stalled(reasons::NOT_OWNED, format!("{message}; {TAKE_OVER}"))
        }
        Some(Refusal::Invalid(_)) => Phase::Stalled(reasons::REFUSED, message),
        Some(Refusal::Forbidden(_)) => Phase::Stalled(reasons::FORBIDDEN, message),
        // A CRD that is not served yet, or a namespace that has just gone: both pass.
        Some(Refusal::NotFound(_)) | None => Phase::Working(reasons::APPLY_FAILED, message),
    }
}

fn kube_phase(step: &Error, error: &kube::Error) -> Phase {
    let message = match error {
        kube::Error::Api(status) => format!("{step}: {}", status.message),
        other => format!("{step}: {}", describe(other)),
    };
    match error {
        kube::Error::Api(status) if status.is_forbidden() => {
            Phase::Stalled(reasons::FORBIDDEN, message)
        }
        kube::Error::Api(status) if status.is_invalid() || status.code == 413 => {
            Phase::Stalled(reasons::REFUSED, message)
        }
        _ => Phase::Working(reasons::APPLY_FAILED, message),
    }
}
