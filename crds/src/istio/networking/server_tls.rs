//! TLS as a server: at a gateway, and at a sidecar's own listeners.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::{Cel, only_one};

/// How a server ends TLS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = one_source_of_certificates()))]
pub struct ServerTlsSettings {
    /// Secret or `ConfigMap` with the authorities that clients' certificates are checked against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert_credential_name: Option<String>,
    /// File with the authorities that clients' certificates are checked against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// File with the certificates that are revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_crl: Option<String>,
    /// Cipher suites that are offered; Envoy's defaults when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cipher_suites: Vec<String>,
    /// Secret with the server's certificate and key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_name: Option<String>,
    /// Secrets with one certificate each, of different key types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 2))]
    pub credential_names: Vec<String>,
    /// Answer plain HTTP with a redirect to HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https_redirect: Option<bool>,
    /// Do not check clients' certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub insecure_skip_verify: Option<bool>,
    /// Newest TLS version that is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_protocol_version: Option<TlsProtocol>,
    /// Oldest TLS version that is spoken (default TLS 1.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_protocol_version: Option<TlsProtocol>,
    /// Whether TLS is ended here, and who must show a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ServerTlsMode>,
    /// File with the server's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<String>,
    /// File with the server's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_certificate: Option<String>,
    /// Names, one of which a client's certificate must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
    /// Certificates by file, of different key types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 2))]
    pub tls_certificates: Vec<TlsCertificate>,
    /// SHA-256 fingerprints, one of which a client's certificate must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify_certificate_hash: Vec<String>,
    /// Hashes of public keys, one of which a client's certificate must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify_certificate_spki: Vec<String>,
}

/// The last rule names fields other than its message; Istio's own CRD has it so.
fn one_source_of_certificates() -> [Cel; 3] {
    [
        only_one(
            &["tlsCertificates", "credentialNames"],
            "only one of credentialNames or tlsCertificates can be set",
        ),
        only_one(
            &["credentialName", "credentialNames"],
            "only one of credentialName or credentialNames can be set",
        ),
        only_one(
            &["credentialNames", "tlsCertificates"],
            "only one of credentialName or tlsCertificates can be set",
        ),
    ]
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TlsProtocol {
    /// Left to Envoy.
    #[serde(rename = "TLS_AUTO")]
    Auto,
    /// TLS 1.0.
    #[serde(rename = "TLSV1_0")]
    V1_0,
    /// TLS 1.1.
    #[serde(rename = "TLSV1_1")]
    V1_1,
    /// TLS 1.2.
    #[serde(rename = "TLSV1_2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "TLSV1_3")]
    V1_3,
}

/// Whether a server ends TLS, and whose certificates it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerTlsMode {
    /// Not ended: the name that the client asks for picks the route.
    Passthrough,
    /// Ended with the server's certificate.
    Simple,
    /// Ended; clients must show a certificate too.
    Mutual,
    /// Not ended: the name itself says the service, without a route.
    AutoPassthrough,
    /// Ended with the mesh's own certificates on both sides.
    IstioMutual,
    /// Ended; clients may show a certificate.
    OptionalMutual,
}

/// A certificate by file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsCertificate {
    /// File with the authorities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// File with the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<String>,
    /// File with the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_certificate: Option<String>,
}
