//! One request and its answer over a connection, within a time and a size.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::{Stream, Tls};

/// How long anything may take. Config dumps of large meshes take seconds.
const LIMIT: Duration = Duration::from_mins(1);
/// The most that is read.
const SIZE: usize = 1 << 28;

/// The outcome, unless it takes too long.
pub(super) async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let done = tokio::time::timeout(LIMIT, work).await;
    done.map_err(|_| format!("no answer within {} s", LIMIT.as_secs()))
}

/// Sends a request and reads the whole answer. An error is the innermost cause.
pub(super) async fn send(
    stream: impl Stream + 'static,
    tls: Option<&Tls>,
    request: Request<Bytes>,
) -> Result<(StatusCode, Bytes), String> {
    let done = async {
        match tls {
            None => converse(stream, request).await,
            Some(tls) => converse(tls.over(stream).await?, request).await,
        }
    };
    in_time(done).await?
}

async fn converse(
    stream: impl Stream + 'static,
    request: Request<Bytes>,
) -> Result<(StatusCode, Bytes), String> {
    let opened = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = opened.map_err(|error| innermost(&error))?;
    let driven = tokio::spawn(connection);
    let answer = sender.send_request(request.map(Full::new)).await;
    let (head, body) = answer.map_err(|error| innermost(&error))?.into_parts();
    let body = Limited::new(body, SIZE).collect().await;
    driven.abort();
    Ok((
        head.status,
        body.map_err(|error| innermost(&*error))?.to_bytes(),
    ))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
