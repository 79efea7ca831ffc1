//! A control plane is asked for the proxies that are connected to it: each of its pods for its
//! metrics, as Prometheus would.

use std::time::Duration;

use futures::{StreamExt, stream};
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};
use kube::{Client, Config};
use mainsheet_core::connected::Connected;
use serde_json::Value;

use crate::cache::describe;

/// istiod's port for metrics.
const PORT: u16 = 15014;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How large an answer may be: in a large mesh istiod has many metrics.
const LARGEST: usize = 16 << 20;
/// How many pods are asked at a time.
const PARALLEL: usize = 4;

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("the pod has no address")]
    Address(#[from] http::uri::InvalidUri),
    #[error("cannot make a client")]
    Client(#[source] Box<kube::Error>),
    #[error("cannot build a request")]
    Request(#[from] http::Error),
    #[error("no answer")]
    Unreachable(#[source] Box<kube::Error>),
    #[error("no answer in {PATIENCE:?}")]
    Late,
    #[error("cannot read the answer")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the answer is no text")]
    Text(#[from] std::string::FromUtf8Error),
}

/// Asks every pod of a control plane.
pub async fn connected(pods: &[Value]) -> Connected {
    let mut questions = Vec::new();
    for pod in pods {
        questions.push(asked(pod));
    }
    let answers: Vec<Option<String>> = stream::iter(questions).buffered(PARALLEL).collect().await;
    Connected::of(answers.iter().map(Option::as_deref))
}

async fn asked(pod: &Value) -> Option<String> {
    let address = pod["status"]["podIP"].as_str().unwrap_or_default();
    let answer = match tokio::time::timeout(PATIENCE, ask(address)).await {
        Ok(answer) => answer,
        Err(_) => Err(AskError::Late),
    };
    answer
        .inspect_err(|error| {
            let pod = pod["metadata"]["name"].as_str();
            tracing::info!(pod, address, error = %describe(error), "cannot ask istiod for its proxies");
        })
        .ok()
}

async fn ask(address: &str) -> Result<String, AskError> {
    let host = if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    };
    let uri: Uri = format!("http://{host}:{PORT}").parse()?;
    let mut config = Config::new(uri);
    config.connect_timeout = Some(PATIENCE);
    let client = Client::try_from(config).map_err(|source| AskError::Client(Box::new(source)))?;
    let request = Request::get("/metrics").body(kube::client::Body::empty())?;
    let response = client.send(request).await;
    let response = response.map_err(|source| AskError::Unreachable(Box::new(source)))?;
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    let body = body.map_err(AskError::Body)?.to_bytes();
    Ok(String::from_utf8(body.to_vec())?)
}
