//! What a refused write means for what happens next.

use kube::core::Status;
use mainsheet_manifests::ObjectId;

/// A write that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The API server answered and said no.
    #[error("{id}: {refusal}")]
    Refused {
        /// Which object.
        id: ObjectId,
        /// Why.
        refusal: Refusal,
    },
    /// No answer, or one that says to try again.
    #[error("cannot write {id}")]
    Failed {
        /// Which object.
        id: ObjectId,
        /// What went wrong.
        #[source]
        source: Box<kube::Error>,
    },
    /// The request could not be built.
    #[error("cannot build a request for {id}")]
    Request {
        /// Which object.
        id: ObjectId,
        /// What went wrong.
        #[source]
        source: http::Error,
    },
    /// The object could not be serialised.
    #[error("cannot serialise {id}")]
    Serialise {
        /// Which object.
        id: ObjectId,
        /// What went wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Why the API server said no. None of these goes away by trying again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else means fields of the object otherwise.
    #[error("belongs to somebody else: {0}")]
    Owned(String),
    /// The object is not valid.
    #[error("the API server refuses it: {0}")]
    Invalid(String),
    /// The role of the writer does not allow it.
    #[error("not permitted: {0}")]
    Forbidden(String),
    /// The object or its kind is not there.
    #[error("not found: {0}")]
    NotFound(String),
}

// === impl WriteError ===

impl WriteError {
    pub(super) fn from_kube(id: &ObjectId, error: kube::Error) -> Self {
        let refusal = match &error {
            kube::Error::Api(status) => refusal(status),
            _ => None,
        };
        match refusal {
            Some(refusal) => Self::Refused {
                id: id.clone(),
                refusal,
            },
            None => Self::Failed {
                id: id.clone(),
                source: Box::new(error),
            },
        }
    }

    /// The refusal, if the API server answered with one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Failed { .. } | Self::Request { .. } | Self::Serialise { .. } => None,
        }
    }
}

fn refusal(status: &Status) -> Option<Refusal> {
    let message = status.message.clone();
    // A namespace that is going away refuses new objects until it is gone: that passes.
    if status.code == 403 && message.contains("because it is being terminated") {
        return None;
    }
    match status.code {
        400 | 413 | 422 => Some(Refusal::Invalid(message)),
        403 => Some(Refusal::Forbidden(message)),
        404 => Some(Refusal::NotFound(message)),
        409 => Some(Refusal::Owned(message)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::Kind;

    use super::*;

    fn said(code: u16, message: &str) -> WriteError {
        let status = Status {
            code,
            message: message.to_owned(),
            ..Status::default()
        };
        let id = ObjectId::new(Kind::Role, Some("mesh"), "istiod");
        WriteError::from_kube(&id, kube::Error::Api(Box::new(status)))
    }

    #[test]
    fn a_refusal_names_the_object_and_passes_on_the_servers_words() {
        let error = said(422, "spec.x: Invalid value");
        assert_eq!(
            error.to_string(),
            "Role mesh/istiod: the API server refuses it: spec.x: Invalid value"
        );
        assert!(matches!(
            said(409, "conflict with \"helm\"").refusal(),
            Some(Refusal::Owned(_))
        ));
        assert!(matches!(
            said(403, "no").refusal(),
            Some(Refusal::Forbidden(_))
        ));
    }

    #[test]
    fn what_passes_by_itself_is_no_refusal() {
        assert!(said(503, "busy").refusal().is_none());
        let terminating =
            "unable to create new content in namespace mesh because it is being terminated";
        assert!(said(403, terminating).refusal().is_none());
    }
}
