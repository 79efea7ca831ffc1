//! Names of Services' ports, by which proxies tell what is spoken.

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "service.PortNameAnalyzer",
    about: "Ports of Services whose names do not say what is spoken",
    codes: &[
        Code::PortNameIsNotUnderNamingConvention,
        Code::ExternalNameServiceTypeInvalidPortName,
    ],
    inputs: &[Kind::Service],
    run,
};

/// What a port's name may begin with, before a hyphen or alone.
const PROTOCOLS: [&str; 12] = [
    "grpc",
    "grpc-web",
    "http",
    "http2",
    "http_proxy",
    "https",
    "mongo",
    "mysql",
    "redis",
    "tcp",
    "tls",
    "udp",
];
/// What `appProtocol` may say beside them.
const APP_PROTOCOLS: [&str; 3] = ["kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"];
/// Ports of protocols in which the server speaks first: they are taken for TCP whatever their name.
const SERVER_FIRST: [i32; 4] = [25, 53, 3306, 27017];

fn run(view: &View<'_>, report: &mut Report) {
    for service in &view.snapshot.objects.services {
        let about = &service.about;
        let is_made = about.labels.contains_key("gateway.istio.io/managed");
        let Some(spec) = service
            .spec
            .as_ref()
            .filter(|_| !about.is_istios_own() && !is_made)
        else {
            continue;
        };
        let is_external = spec.type_.as_deref() == Some("ExternalName");
        for (at, port) in spec.ports.iter().flatten().enumerate() {
            let name = port.name.as_deref().unwrap_or_default();
            let path = format!("spec.ports[{at}]");
            if is_external && (name == "tcp" || !is_known(port)) {
                report.field(
                    Code::ExternalNameServiceTypeInvalidPortName,
                    about,
                    path,
                    format!(
                        "port {} of an ExternalName Service is TCP to proxies, and catches all other traffic on \
                         this port; name it for its protocol, such as http or tls",
                        port.port
                    ),
                );
            } else if !is_known(port) {
                report.field(
                    Code::PortNameIsNotUnderNamingConvention,
                    about,
                    path,
                    format!(
                        "the name {name:?} of port {} (target {}) does not say what is spoken; begin it with one of: {}",
                        port.port,
                        target(port),
                        PROTOCOLS.join(", ")
                    ),
                );
            }
        }
    }
}

fn target(port: &ServicePort) -> String {
    match &port.target_port {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
        None => port.port.to_string(),
    }
}

fn is_known(port: &ServicePort) -> bool {
    if port.protocol.as_deref() == Some("UDP") || SERVER_FIRST.contains(&port.port) {
        return true;
    }
    let name = match port.app_protocol.as_deref() {
        Some(protocol) if APP_PROTOCOLS.contains(&protocol) => return true,
        Some(protocol) => protocol.to_lowercase(),
        None => port.name.as_deref().unwrap_or_default().to_lowercase(),
    };
    let first = name.split('-').next().unwrap_or_default();
    PROTOCOLS.contains(&first)
}
