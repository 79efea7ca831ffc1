//! What can go wrong on the way to a proxy or a control plane.

use http::StatusCode;

use crate::cluster::ClusterError;

/// What can go wrong on the way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReachError {
    /// Nobody listens, or not long enough.
    #[error("cannot reach {place}: {cause}")]
    Failed {
        /// The address or the pod.
        place: String,
        /// The innermost reason.
        cause: String,
    },
    /// The API server does not forward the port.
    #[error("cannot forward a port to {place}: {cause}")]
    NotForwarded {
        /// The pod.
        place: String,
        /// What the API server, or the node, said.
        cause: String,
    },
    /// It answers, and not what was wanted.
    #[error("{place} answers {path} with {status}{said}")]
    Answered {
        /// The address or the pod.
        place: String,
        /// What was asked.
        path: String,
        /// The status code.
        status: StatusCode,
        /// A colon and what it said about it, if anything.
        said: String,
    },
    /// It answers what is not understood.
    #[error("the answer of {place} is not understood: {problem}")]
    NotUnderstood {
        /// The address or the pod.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such pod.
    #[error("{0}")]
    NoPod(String),
    /// The cluster says no before that.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}
