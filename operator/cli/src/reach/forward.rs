//! A port of a pod, which the API server forwards over a websocket.

use std::fmt::{self, Display};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::client::UpgradeConnectionError;
use kube::{Api, Error};
use tokio::io::DuplexStream;

use super::{ReachError, Tls, exchange};
use crate::cluster::Cluster;

/// A port of a pod.
#[derive(Clone)]
pub(crate) struct PodPort {
    /// The cluster in which it is.
    pub(crate) cluster: Cluster,
    /// The namespace of the pod.
    pub(crate) namespace: String,
    /// The name of the pod.
    pub(crate) pod: String,
    /// The port in the pod, whether or not the pod declares it.
    pub(crate) port: u16,
}

/// How long a node may take to say why a connection ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection into a pod.
pub(crate) struct Forwarded {
    /// What is read and written there.
    pub(crate) stream: DuplexStream,
    said: std::pin::Pin<Box<dyn Future<Output = Option<String>> + Send>>,
}

impl Forwarded {
    /// What the node says of a connection that has ended, if it was no ordinary end.
    pub(crate) async fn ended(self, port: &PodPort) -> Result<(), ReachError> {
        let Self { stream, said } = self;
        drop(stream);
        match last_words(said).await {
            Some(said) => Err(port.not_forwarded(said)),
            None => Ok(()),
        }
    }
}

/// What the node says, if it does so soon.
async fn last_words(said: impl Future<Output = Option<String>>) -> Option<String> {
    let said = tokio::time::timeout(LAST_WORDS, said).await.ok().flatten();
    said.map(|said| essence(&said).to_owned())
}

/// What went wrong, without the port and the pod that nodes name before it: they are known here.
fn essence(said: &str) -> &str {
    let said = said.trim();
    let named = said
        .strip_prefix("error forwarding port ")
        .and_then(|rest| rest.split_once(", uid "))
        .and_then(|(_, rest)| rest.split_once(": "));
    named.map_or(said, |(_, cause)| cause)
}

impl PodPort {
    /// Connects to the port.
    pub(crate) async fn connect(&self) -> Result<Forwarded, ReachError> {
        let pods: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.namespace);
        let forwarded = pods.portforward(&self.pod, &[self.port]).await;
        let mut forwarded = forwarded.map_err(|error| self.refused(error))?;
        match (
            forwarded.take_stream(self.port),
            forwarded.take_error(self.port),
        ) {
            (Some(stream), Some(said)) => Ok(Forwarded {
                stream,
                said: Box::pin(said),
            }),
            _ => Err(self.not_forwarded("no connection was made".to_owned())),
        }
    }

    /// Sends a request to it, and reads the whole answer.
    pub(super) async fn send(
        &self,
        tls: Option<&Tls>,
        request: Request<Bytes>,
    ) -> Result<(StatusCode, Bytes), ReachError> {
        let Forwarded { stream, said } = self.connect().await?;
        match exchange::send(stream, tls, request).await {
            Ok(answer) => Ok(answer),
            Err(cause) => {
                // The node knows better why nobody answered, if it says so.
                Err(self.not_forwarded(last_words(said).await.unwrap_or(cause)))
            }
        }
    }

    fn refused(&self, error: Error) -> ReachError {
        match error {
            Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(status)) => {
                self.not_forwarded(format!("the API server answers {status}"))
            }
            error => self.cluster.failed(format!("forward a port to {self}"))(error).into(),
        }
    }

    fn not_forwarded(&self, cause: String) -> ReachError {
        ReachError::NotForwarded {
            place: self.to_string(),
            cause,
        }
    }
}

impl Display for PodPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pod {}/{} port {}", self.namespace, self.pod, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_node_says_the_cause_is_passed_on() {
        let said = "error forwarding port 1 to pod web/shop, uid : dial tcp: refused: sorry\n";
        assert_eq!(essence(said), "dial tcp: refused: sorry");
        assert_eq!(essence(" no such pod"), "no such pod");
    }
}
