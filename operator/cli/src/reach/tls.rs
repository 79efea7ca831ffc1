//! TLS to a webhook: under the authority that its configuration names, or under the system's.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Stream;

/// How the other side is known.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    /// The name in its certificate.
    pub(crate) name: String,
    /// The authorities in PEM by which it is known; those of the system where there are none.
    pub(crate) authorities: Option<Vec<u8>>,
}

impl Tls {
    /// TLS over a connection. An error says what is wrong in words.
    pub(super) async fn over<S: Stream>(&self, stream: S) -> Result<TlsStream<S>, String> {
        let name = ServerName::try_from(self.name.clone());
        let name = name.map_err(|_| format!("{:?} is no name of a server", self.name))?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = match &self.authorities {
            Some(pem) => config.with_root_certificates(roots(pem)?),
            None => config
                .with_platform_verifier()
                .map_err(|error| error.to_string())?,
        };
        let config = config.with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let secured = connector.connect(name, stream).await;
        secured.map_err(|error| error.to_string())
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|one| roots.add(one).map_err(|error| error.to_string()));
        added.map_err(|error| format!("its caBundle cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err("its caBundle has no certificate".to_owned());
    }
    Ok(roots)
}
