//! What ends a command early, and with which exit code.

use std::io;

use mainsheet_profiles::ResolveError;

use crate::cli::Exit;
use crate::cluster::ClusterError;
use crate::input::InputError;
use crate::reach::ReachError;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or a flag cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The spec asks for what cannot be; the operator says the same words in `Stalled`.
    #[error(transparent)]
    Spec(#[from] ResolveError),
    /// The templates cannot render the spec.
    #[error("cannot render the mesh")]
    Render(#[from] mainsheet_manifests::RenderError),
    /// The cluster does not answer, or says no.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The API server does not take an object.
    #[error(transparent)]
    Write(#[from] mainsheet_operator::cluster::WriteError),
    /// What the operator ends a pass with, where its work is done or foreseen here.
    #[error(transparent)]
    Operator(Box<mainsheet_operator::controller::Error>),
    /// A proxy or a control plane cannot be asked.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// The archive cannot be written.
    #[error("cannot write {file}")]
    Archive {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A workload cannot be injected.
    #[error("{place}: {problem}")]
    Inject {
        /// File, document and workload.
        place: String,
        /// Why.
        problem: String,
    },
    /// Typed in a way that the arguments' types cannot refuse.
    #[error("{0}")]
    Usage(String),
    /// The answer was no.
    #[error("nothing was changed")]
    Declined,
    /// The state of the mesh does not allow it.
    #[error("{0}")]
    Refused(String),
    /// The plan waits for a person.
    #[error(
        "MeshInstallation {0} waits for approval of its plan; look at it: mainsheet approve {0}"
    )]
    AwaitsApproval(String),
    /// A person must act before the mesh can become ready.
    #[error("{name} cannot go on: {reason}: {message}")]
    Stalled {
        /// Name of the MeshInstallation.
        name: String,
        /// Reason of the condition.
        reason: String,
        /// Message of the condition.
        message: String,
    },
    /// It took longer than was allowed.
    #[error("{name} was not {wanted} within {limit}: {still}")]
    TimedOut {
        /// Name of the MeshInstallation.
        name: String,
        /// What was waited for: `ready` or `gone`.
        wanted: &'static str,
        /// How long that was.
        limit: String,
        /// What it still waits for.
        still: String,
    },
    /// The installation was deleted while somebody waited for it.
    #[error("MeshInstallation {0} was deleted in the meantime")]
    Vanished(String),
    /// A value could not be written as YAML or JSON.
    #[error("cannot serialise the answer")]
    Serialise(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Writing to stdout or stderr failed.
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
    /// The runtime that waits for the cluster could not be started.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
}

// === impl Error ===

impl From<mainsheet_operator::controller::Error> for Error {
    fn from(error: mainsheet_operator::controller::Error) -> Self {
        use mainsheet_operator::controller::{Error as Pass, ResolveError as Unresolved};
        match error {
            Pass::Resolve(Unresolved::Spec(error)) => Self::Spec(error),
            error => Self::Operator(Box::new(error)),
        }
    }
}

impl Error {
    /// The exit code, for every verb that does not have its own.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Input(_) | Self::Spec(_) | Self::Usage(_) => Exit::Usage,
            Self::Cluster(error) | Self::Reach(ReachError::Cluster(error))
                if error.is_bad_input() =>
            {
                Exit::Usage
            }
            Self::Render(_)
            | Self::Cluster(_)
            | Self::Write(_)
            | Self::Operator(_)
            | Self::Reach(_)
            | Self::Inject { .. }
            | Self::Archive { .. }
            | Self::Declined
            | Self::Refused(_)
            | Self::AwaitsApproval(_)
            | Self::Stalled { .. }
            | Self::TimedOut { .. }
            | Self::Vanished(_)
            | Self::Serialise(_)
            | Self::Output(_)
            | Self::Runtime(_) => Exit::Failure,
        }
    }

    /// Whether the reader of stdout has gone away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What is to be said, a line each; several findings in a spec are several lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Spec(error) => error.findings().iter().map(ToString::to_string).collect(),
            Self::Input(InputError::Findings(findings)) => findings.clone(),
            error => vec![mainsheet_operator::describe(error)],
        }
    }
}
