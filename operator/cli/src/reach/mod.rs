//! HTTP to proxies and control planes: at an address, or at a port of a pod that the API server
//! forwards. A place is asked by path; what goes wrong names the place.

mod address;
mod error;
mod exchange;
mod forward;
mod target;
mod tls;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

pub(crate) use address::Address;
pub(crate) use error::ReachError;
pub(crate) use forward::PodPort;
pub(crate) use target::{Target, is_running};
pub(crate) use tls::Tls;

/// Where something listens.
#[derive(Clone)]
pub(crate) enum Place {
    /// At an address that this machine reaches.
    At(Address),
    /// In a pod.
    In(PodPort),
}

/// A connection to it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Place {
    /// What a path answers, as text.
    pub(crate) async fn get(&self, path: &str) -> Result<String, ReachError> {
        self.ask(Method::GET, path, Bytes::new(), None).await
    }

    /// Whether somebody listens there: any answer to a path will do.
    pub(crate) async fn probe(&self, path: &str) -> Result<(), ReachError> {
        match self.ask(Method::HEAD, path, Bytes::new(), None).await {
            Ok(_) | Err(ReachError::Answered { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a path answers that changes something.
    pub(crate) async fn post(&self, path: &str) -> Result<String, ReachError> {
        self.ask(Method::POST, path, Bytes::new(), None).await
    }

    /// What a webhook answers to a review.
    pub(crate) async fn review(
        &self,
        path: &str,
        review: Vec<u8>,
        tls: &Tls,
    ) -> Result<String, ReachError> {
        self.ask(Method::POST, path, review.into(), Some(tls)).await
    }

    /// How it is called in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::At(address) => address.to_string(),
            Self::In(port) => port.to_string(),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        tls: Option<&Tls>,
    ) -> Result<String, ReachError> {
        let request = self
            .request(method, path, body, tls)
            .map_err(|error| self.failed(error.to_string()))?;
        let (status, body) = match self {
            Self::At(address) => {
                let stream = exchange::in_time(TcpStream::connect(address.authority())).await;
                let stream = stream.and_then(|done| done.map_err(|error| error.to_string()));
                let stream = stream.map_err(|cause| self.failed(cause))?;
                let answer = exchange::send(stream, tls, request).await;
                answer.map_err(|cause| self.failed(cause))?
            }
            Self::In(port) => port.send(tls, request).await?,
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        if status == StatusCode::OK {
            return Ok(body);
        }
        Err(ReachError::Answered {
            place: self.name(),
            path: path.to_owned(),
            status,
            said: first_line(&body),
        })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        tls: Option<&Tls>,
    ) -> Result<Request<Bytes>, http::Error> {
        let (host, prefix) = match (self, tls) {
            (Self::At(address), _) => (address.authority().to_owned(), address.prefix()),
            (Self::In(_), Some(tls)) => (tls.name.clone(), ""),
            (Self::In(port), None) => (format!("localhost:{}", port.port), ""),
        };
        Request::builder()
            .method(method)
            .uri(format!("{prefix}/{}", path.trim_start_matches('/')))
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
    }

    fn failed(&self, cause: String) -> ReachError {
        ReachError::Failed {
            place: self.name(),
            cause,
        }
    }
}

/// What is said about a refusal: a line is enough.
fn first_line(body: &str) -> String {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty());
    line.map(|line| format!(": {line}")).unwrap_or_default()
}
