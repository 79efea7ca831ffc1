//! The certificates of one cluster: an authority of its own, the API server's certificate, and one
//! certificate for each client that is part of the cluster. All are made anew at each start and go
//! with the cluster's folder.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use super::layout::Layout;

/// The names under which the API server is called, from outside and from the programs in it.
const SERVER_NAMES: [&str; 5] = [
    "127.0.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// A client of the API server, known by its certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    /// Names the files.
    pub(super) name: &'static str,
    /// The user that RBAC and the audit log see.
    pub(super) user: &'static str,
    pub(super) group: Option<&'static str>,
}

/// Who may do everything.
pub(super) const ADMIN: Client = Client {
    name: "admin",
    user: "admin",
    group: Some("system:masters"),
};

/// The clients of every cluster; the bootstrap roles of RBAC know the controllers' and the
/// scheduler's names.
pub(super) const CLIENTS: [Client; 4] = [
    ADMIN,
    Client {
        name: "controller-manager",
        user: "system:kube-controller-manager",
        group: None,
    },
    Client {
        name: "scheduler",
        user: "system:kube-scheduler",
        group: None,
    },
    Client {
        name: "kwok",
        user: "kwok",
        group: Some("system:masters"),
    },
];

/// Writes all keys and certificates.
pub(super) fn write(layout: &Layout) -> Result<()> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = name("mainsheet local cluster", None);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    put(&layout.ca(), &params.self_signed(&key)?.pem())?;
    put(&layout.key("ca"), &key.serialize_pem())?;
    let authority = Issuer::new(params, key);

    let mut server = CertificateParams::new(SERVER_NAMES.map(str::to_owned))?;
    server.distinguished_name = name("kube-apiserver", None);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    sign(layout, "apiserver", server, &authority)?;

    for client in CLIENTS {
        let mut params = CertificateParams::default();
        params.distinguished_name = name(client.user, client.group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        sign(layout, client.name, params, &authority)?;
    }

    let accounts = KeyPair::generate()?;
    put(&layout.key("service-accounts"), &accounts.serialize_pem())?;
    put(
        &layout.certificate("service-accounts"),
        &accounts.public_key_pem(),
    )
}

fn name(common: &str, organization: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name
}

fn sign(
    layout: &Layout,
    name: &str,
    mut params: CertificateParams,
    authority: &Issuer<'_, KeyPair>,
) -> Result<()> {
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    put(
        &layout.certificate(name),
        &params.signed_by(&key, authority)?.pem(),
    )?;
    put(&layout.key(name), &key.serialize_pem())
}

/// Writes a file that only its owner may read.
pub(super) fn put(path: &Path, text: &str) -> Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let mut file = File::options()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
