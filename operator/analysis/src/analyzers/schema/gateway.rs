//! Rules of Gateways.

use mainsheet_crds::istio::networking::gateway::Server;
use mainsheet_crds::istio::networking::{GatewaySpec, ServerTlsMode, ServerTlsSettings};

use super::Findings;

/// What a port may speak.
const PROTOCOLS: [&str; 9] = [
    "HTTP", "HTTPS", "HTTP2", "GRPC", "GRPC-WEB", "MONGO", "TCP", "TLS", "MYSQL",
];

pub(super) fn check(spec: &GatewaySpec, findings: &mut Findings<'_>) {
    if spec.servers.is_empty() {
        findings.error("spec.servers", "no servers");
    }
    if spec.selector.is_empty() {
        findings.warning(
            "spec.selector",
            "empty: the Gateway is for the pods of every gateway",
        );
    }
    for (at, server) in spec.servers.iter().enumerate() {
        let path = format!("spec.servers[{at}]");
        let same = |one: &&Server| !one.port.name.is_empty() && one.port.name == server.port.name;
        if spec.servers[..at].iter().any(|one| same(&one)) {
            findings.error(
                format!("{path}.port.name"),
                format!("{:?} is another port's name already", server.port.name),
            );
        }
        check_server(server, &path, findings);
    }
}

fn check_server(server: &Server, path: &str, findings: &mut Findings<'_>) {
    let port = &server.port;
    if !(1..=65_535).contains(&port.number) {
        findings.error(
            format!("{path}.port.number"),
            format!("{} given, allowed: 1 to 65535", port.number),
        );
    }
    let protocol = port.protocol.to_uppercase();
    if !PROTOCOLS.contains(&protocol.as_str()) {
        findings.error(
            format!("{path}.port.protocol"),
            format!(
                "{:?} given, allowed: {}",
                port.protocol,
                PROTOCOLS.join(", ")
            ),
        );
    }
    if server.hosts.is_empty() {
        findings.error(format!("{path}.hosts"), "no hosts");
    }
    for (index, host) in server.hosts.iter().enumerate() {
        let name = host.split_once('/').map_or(host.as_str(), |(_, name)| name);
        if name.is_empty() || name.trim_start_matches('*').contains('*') {
            findings.error(
                format!("{path}.hosts[{index}]"),
                format!("{host:?} given, allowed: a host, with * at the beginning only"),
            );
        }
    }
    let needs_tls = matches!(protocol.as_str(), "HTTPS" | "TLS");
    match &server.tls {
        None if needs_tls => findings.error(
            format!("{path}.tls"),
            format!("missing, but required for {protocol}"),
        ),
        None => {}
        Some(tls) if needs_tls => check_tls(tls, &format!("{path}.tls"), findings),
        Some(tls) => {
            let is_redirect = tls.https_redirect == Some(true);
            if !is_redirect && protocol != "TCP" {
                findings.warning(
                    format!("{path}.tls"),
                    format!("no effect on a port that speaks {protocol}; HTTPS was meant, or httpsRedirect"),
                );
            }
        }
    }
    if needs_tls
        && server
            .tls
            .as_ref()
            .is_some_and(|tls| tls.https_redirect == Some(true))
    {
        findings.error(
            format!("{path}.tls.httpsRedirect"),
            format!("allowed for HTTP only, not for {protocol}"),
        );
    }
}

fn check_tls(tls: &ServerTlsSettings, path: &str, findings: &mut Findings<'_>) {
    let ends = match tls.mode {
        Some(
            ServerTlsMode::Passthrough
            | ServerTlsMode::AutoPassthrough
            | ServerTlsMode::IstioMutual,
        ) => false,
        None
        | Some(ServerTlsMode::Simple | ServerTlsMode::Mutual | ServerTlsMode::OptionalMutual) => {
            true
        }
    };
    let set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let has_secret = set(&tls.credential_name) || !tls.credential_names.is_empty();
    let has_files =
        (set(&tls.server_certificate) && set(&tls.private_key)) || !tls.tls_certificates.is_empty();
    if ends && !has_secret && !has_files && tls.https_redirect != Some(true) {
        findings.error(
            path,
            "no certificate: credentialName, or serverCertificate and privateKey, is needed",
        );
    }
    let needs_authority = tls.mode == Some(ServerTlsMode::Mutual);
    if needs_authority
        && !has_secret
        && !set(&tls.ca_certificates)
        && !set(&tls.ca_cert_credential_name)
    {
        findings.error(
            format!("{path}.caCertificates"),
            "missing, but required for MUTUAL without a secret",
        );
    }
    if !ends && (has_secret || has_files) {
        findings.warning(path, "certificates have no effect in this mode");
    }
}
