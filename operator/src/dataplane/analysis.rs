//! Measuring a wave: PromQL put to the server that the spec names. Every answer, and every lack of
//! one, comes back as a [`Measurement`]; nothing here fails.

use std::time::Duration;

use futures::{StreamExt, stream};
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use kube::{Client, Config};
use mainsheet_core::analysis::{self, Measurement, NoNumber};
use mainsheet_crds::installation::{PrometheusAnalysis, Query};
use serde_json::Value;

use crate::cache::describe;

/// How long an answer may take. A query that takes longer is none to put every half minute.
const PATIENCE: Duration = Duration::from_secs(10);
/// How large an answer may be: one number is small.
const LARGEST: usize = 1 << 20;
/// How many queries are put at a time.
const PARALLEL: usize = 4;

/// Why a query has no number for an answer.
#[derive(Debug, thiserror::Error)]
enum QueryError {
    #[error(
        "spec.upgrade.dataPlane.analysis.prometheus.address: {0:?} is no address; give one such as http://prometheus.istio-system:9090"
    )]
    Address(String),
    #[error("cannot make a client")]
    Client(#[source] Box<kube::Error>),
    #[error("cannot build a request")]
    Request(#[from] http::Error),
    #[error("no answer from {0}")]
    Unreachable(String, #[source] Box<kube::Error>),
    #[error("no answer from {0} in {PATIENCE:?}")]
    Late(String),
    #[error("cannot read the answer")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("{address} answers with HTTP {code} and nothing of Prometheus' API")]
    Stranger { address: String, code: u16 },
    #[error(transparent)]
    NoNumber(#[from] NoNumber),
}

/// Puts every query once.
pub async fn measure(prometheus: &PrometheusAnalysis) -> Vec<Measurement> {
    let client = connect(&prometheus.address);
    // Made one by one: a closure over borrowed queries would keep the future on one thread.
    let mut questions = Vec::new();
    for query in &prometheus.queries {
        questions.push(measured(client.as_ref(), &prometheus.address, query));
    }
    stream::iter(questions).buffered(PARALLEL).collect().await
}

async fn measured(
    client: Result<&Client, &QueryError>,
    address: &str,
    query: &Query,
) -> Measurement {
    let result = match client {
        Ok(client) => ask(client, address, query)
            .await
            .map_err(|error| describe(&error)),
        Err(error) => Err(describe(error)),
    };
    Measurement::new(query, result)
}

/// kube's client speaks plain HTTP and HTTPS to any server: no second TLS stack for a few questions.
fn connect(address: &str) -> Result<Client, QueryError> {
    let refuse = || QueryError::Address(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| refuse())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(refuse());
    }
    let mut config = Config::new(uri);
    config.connect_timeout = Some(PATIENCE);
    Client::try_from(config).map_err(|source| QueryError::Client(Box::new(source)))
}

async fn ask(client: &Client, address: &str, query: &Query) -> Result<f64, QueryError> {
    match tokio::time::timeout(PATIENCE, put(client, address, query)).await {
        Ok(result) => result,
        Err(_) => Err(QueryError::Late(address.to_owned())),
    }
}

async fn put(client: &Client, address: &str, query: &Query) -> Result<f64, QueryError> {
    // As a form, since an expression may be longer than an address may be.
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", &query.query)
        .finish();
    let request = Request::post("/api/v1/query")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(kube::client::Body::from(form.into_bytes()))?;
    let response = client
        .send(request)
        .await
        .map_err(|source| QueryError::Unreachable(address.to_owned(), Box::new(source)))?;
    let code = response.status().as_u16();
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    let body = body.map_err(QueryError::Body)?.to_bytes();
    // Prometheus explains errors in the same shape, with another code.
    let answer: Value = serde_json::from_slice(&body).map_err(|_| QueryError::Stranger {
        address: address.to_owned(),
        code,
    })?;
    Ok(analysis::number(&answer)?)
}
