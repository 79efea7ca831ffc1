//! What a cluster can fail with, said plainly: which address does not answer, which context does
//! not exist, what is not permitted.

use kube::config::KubeconfigError;

/// How to get what the command needs from a cluster that does not have it.
const INSTALL_OPERATOR: &str =
    "install the operator: mainsheet operator manifests | kubectl apply --server-side -f -";

/// What a cluster can fail with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// Nothing says which cluster is meant.
    #[error("no kubeconfig: {0} is not there; give --kubeconfig or set KUBECONFIG")]
    NoKubeconfig(String),
    /// The kubeconfig cannot be used.
    #[error("cannot use the kubeconfig")]
    Kubeconfig(#[from] Box<KubeconfigError>),
    /// The kubeconfig does not parse.
    #[error("the kubeconfig is not YAML: {0}")]
    KubeconfigYaml(String),
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context {context:?}; it has: {known}")]
    UnknownContext {
        /// The context that was asked for.
        context: String,
        /// The contexts that are there.
        known: String,
    },
    /// The kubeconfig names no context, and none was given.
    #[error("the kubeconfig has no current context; give --context, one of: {0}")]
    NoContext(String),
    /// No client can be made of the kubeconfig.
    #[error("cannot use the credentials of the kubeconfig")]
    Client(#[source] Box<kube::Error>),
    /// Nobody answers.
    #[error("cannot reach the cluster at {url}: {cause}")]
    Unreachable {
        /// Address of the API server.
        url: String,
        /// The innermost reason; the layers around it say less.
        cause: String,
    },
    /// The API server cannot answer now.
    #[error("cannot {doing} now: {message}")]
    Busy {
        /// What was tried.
        doing: String,
        /// What the API server said.
        message: String,
    },
    /// The credentials are not good.
    #[error("the cluster at {0} does not accept the credentials of the kubeconfig")]
    Unauthorized(String),
    /// The API server says no.
    #[error("cannot {doing}: {message}")]
    Refused {
        /// What was tried.
        doing: String,
        /// What the API server said.
        message: String,
    },
    /// Others mean fields of the object otherwise.
    #[error("cannot {doing}: {message}; --force-conflicts takes the fields over")]
    Conflict {
        /// What was tried.
        doing: String,
        /// What the API server said: the fields and who holds them.
        message: String,
    },
    /// The cluster does not know Mainsheet's kinds.
    #[error("this cluster has no MeshInstallations: the CRD is not there; {INSTALL_OPERATOR}")]
    NoCrd,
    /// The object is not there.
    #[error("cannot {doing}: {message}")]
    NotFound {
        /// What was tried.
        doing: String,
        /// What the API server said.
        message: String,
    },
    /// There is no such installation.
    #[error("there is no MeshInstallation {0:?}")]
    NoInstallation(String),
    /// There is no installation at all.
    #[error("this cluster has no MeshInstallation")]
    NoInstallations,
    /// There is more than one, and none was named.
    #[error("this cluster has several MeshInstallations; name one of: {0}")]
    Ambiguous(String),
    /// The answer is not understood.
    #[error("cannot {doing}: the answer is not understood")]
    Answer {
        /// What was tried.
        doing: String,
        /// What is wrong with the answer.
        #[source]
        source: Box<kube::Error>,
    },
    /// The request could not be built.
    #[error("cannot build a request")]
    Request(#[from] http::Error),
}

// === impl ClusterError ===

impl ClusterError {
    /// Whether a file or a flag is at fault, and not the cluster.
    pub(crate) fn is_bad_input(&self) -> bool {
        matches!(
            self,
            Self::NoKubeconfig(_)
                | Self::Kubeconfig(_)
                | Self::KubeconfigYaml(_)
                | Self::UnknownContext { .. }
                | Self::NoContext(_)
        )
    }

    /// Whether trying again may help.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }

    /// What an error means that came back when something was tried at the API server.
    pub(super) fn from_kube(url: &str, doing: &str, error: kube::Error) -> Self {
        let doing = doing.to_owned();
        match error {
            kube::Error::Api(status) => {
                let message = status.message.clone();
                match status.code {
                    401 => Self::Unauthorized(url.to_owned()),
                    404 if is_missing_kind(&message) => Self::NoCrd,
                    404 => Self::NotFound { doing, message },
                    409 if message.starts_with("Apply failed with") => Self::Conflict {
                        doing,
                        message: in_one_line(&message),
                    },
                    // 410: what the watch has seen is too old; it begins anew.
                    410 | 429 | 500.. => Self::Busy { doing, message },
                    _ => Self::Refused {
                        doing,
                        message: in_one_line(&message),
                    },
                }
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => Self::Answer {
                doing,
                source: Box::new(error),
            },
            error => Self::Unreachable {
                url: url.to_owned(),
                cause: innermost(&error),
            },
        }
    }
}

/// What the API server says of a path that it does not serve; a missing object has a name.
fn is_missing_kind(message: &str) -> bool {
    message.contains("could not find the requested resource")
        || message.trim() == "404 page not found"
}

/// Conflicts and findings of the API server come as lists over several lines.
fn in_one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn said(code: u16, message: &str) -> String {
        let status = Status {
            code,
            message: message.to_owned(),
            ..Status::default()
        };
        let error = kube::Error::Api(Box::new(status));
        ClusterError::from_kube("https://sea:6443", "read MeshInstallations", error).to_string()
    }

    #[test]
    fn a_refusal_says_what_was_tried_in_the_servers_words() {
        assert_eq!(
            said(
                403,
                "meshinstallations.mainsheet.dev is forbidden: User \"eve\" cannot list resource"
            ),
            "cannot read MeshInstallations: meshinstallations.mainsheet.dev is forbidden: User \"eve\" cannot list resource"
        );
        assert!(said(401, "Unauthorized").contains("at https://sea:6443 does not accept"));
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        let failed = |code| {
            let status = Status {
                code,
                ..Status::default()
            };
            ClusterError::from_kube("https://sea:6443", "x", kube::Error::Api(Box::new(status)))
        };
        assert!(
            [410, 429, 500, 503]
                .into_iter()
                .all(|code| failed(code).may_pass())
        );
        assert!(
            ![400, 401, 403, 404, 409, 422]
                .into_iter()
                .any(|code| failed(code).may_pass())
        );
    }

    #[test]
    fn a_kind_that_is_not_served_says_how_to_install_it() {
        assert!(
            said(404, "the server could not find the requested resource")
                .contains("operator manifests")
        );
        assert!(said(404, "404 page not found").contains("operator manifests"));
        assert!(said(404, "meshinstallations \"sea\" not found").starts_with("cannot read"));
    }

    #[test]
    fn a_conflict_is_one_line_and_says_how_to_go_on() {
        let line = said(
            409,
            "Apply failed with 1 conflict: conflict with \"argo\":\n- .spec.profile",
        );
        assert!(
            line.contains("\"argo\": - .spec.profile; --force-conflicts"),
            "{line}"
        );
    }

    #[test]
    fn an_address_that_does_not_answer_is_named_with_the_innermost_cause() {
        let inner =
            std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let error = ClusterError::from_kube(
            "https://sea:6443",
            "x",
            kube::Error::Service(Box::new(inner)),
        );
        assert_eq!(
            error.to_string(),
            "cannot reach the cluster at https://sea:6443: connection refused"
        );
    }
}
