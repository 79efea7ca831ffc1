//! HTTPS for the API server's calls.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::KeyPair;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{State, mark};

type Answer = Response<Full<Bytes>>;

/// TLS with one certificate.
pub(super) fn tls(certificate: CertificateDer<'static>, key: &KeyPair) -> Result<TlsAcceptor> {
    let key = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|error| anyhow::anyhow!("cannot use the key: {error}"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .context("cannot use the certificate")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers until the runtime ends.
pub(super) async fn serve(listener: TcpListener, tls: TlsAcceptor, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            // A caller that goes away in the middle has its own error to tell.
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| answer(request, &state));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Result<Answer, Infallible> {
    let path = request.uri().path().to_owned();
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(refuse(StatusCode::BAD_REQUEST, &error.to_string())),
    };
    let Some(control_plane) = path.strip_prefix("/inject/") else {
        return Ok(refuse(StatusCode::NOT_FOUND, "no such path"));
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.down.contains(control_plane) {
        return Ok(refuse(StatusCode::SERVICE_UNAVAILABLE, "down"));
    }
    let review = serde_json::from_slice(&body).map_err(anyhow::Error::from);
    let answer = review.and_then(|review| mark::review(control_plane, &review, &mut state));
    Ok(match answer {
        Ok(answer) => json(&answer),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    })
}

fn json(value: &serde_json::Value) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())));
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    response
}

fn refuse(code: StatusCode, why: &str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(why.to_owned())));
    *response.status_mut() = code;
    response
}
