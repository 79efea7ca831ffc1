//! Secrets that Gateways take their certificates from.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Secret;
use mainsheet_crds::istio::Gateway;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::snapshot::Snapshot;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "gateway.SecretAnalyzer",
    about: "Secrets that Gateways take their certificates from",
    codes: &[
        Code::ReferencedResourceNotFound,
        Code::InvalidGatewayCredential,
    ],
    inputs: &[Kind::Gateway, Kind::Pod, Kind::Secret],
    run,
};

/// The secrets that Gateways name, as namespace and name: each in the namespaces of the pods.
pub(crate) fn credentials(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let view = View::new(snapshot);
    let mut found = BTreeSet::new();
    for gateway in &snapshot.objects.gateways {
        for namespace in namespaces(&view, gateway) {
            let names = names(gateway).into_iter();
            found.extend(names.map(|(_, name)| (namespace.to_owned(), name.to_owned())));
        }
    }
    found
}

/// The secrets that a Gateway names, each with the path of the field.
fn names(gateway: &Gateway) -> Vec<(String, &str)> {
    let mut names = Vec::new();
    for (at, server) in gateway.spec.servers.iter().enumerate() {
        let Some(tls) = &server.tls else { continue };
        let path = format!("spec.servers[{at}].tls");
        if let Some(name) = &tls.credential_name {
            names.push((format!("{path}.credentialName"), name.as_str()));
        }
        for (index, name) in tls.credential_names.iter().enumerate() {
            names.push((format!("{path}.credentialNames[{index}]"), name));
        }
    }
    // Other sources have a scheme: a file, a ConfigMap, another namespace.
    names.retain(|(_, name)| !name.is_empty() && !name.contains("://"));
    names
}

fn namespaces<'a>(view: &'a View<'_>, gateway: &'a Gateway) -> BTreeSet<&'a str> {
    let pods = view.workloads.selected_anywhere(&gateway.spec.selector);
    pods.map(|pod| pod.about.namespace.as_str()).collect()
}

fn run(view: &View<'_>, report: &mut Report) {
    let snapshot = view.snapshot;
    for gateway in &snapshot.objects.gateways {
        let namespaces = namespaces(view, gateway);
        if namespaces.is_empty() || gateway.spec.selector.is_empty() {
            continue;
        }
        for (path, name) in names(gateway) {
            let secret = snapshot.objects.secrets.iter().find(|secret| {
                secret.about.name == name && namespaces.contains(secret.about.namespace.as_str())
            });
            match secret {
                None if !is_known(snapshot, &namespaces) => {}
                None => report.field(
                    Code::ReferencedResourceNotFound,
                    &gateway.about,
                    path,
                    format!(
                        "secret not found: {name:?} in namespace {}, where the gateway's pods are",
                        namespaces.iter().copied().collect::<Vec<_>>().join(", ")
                    ),
                ),
                Some(secret) => valid(gateway, &path, secret, report),
            }
        }
    }
}

/// Whether a secret that is not here is not there: files seldom have any.
fn is_known(snapshot: &Snapshot, namespaces: &BTreeSet<&str>) -> bool {
    let mut secrets = snapshot.objects.secrets.iter();
    snapshot.is_live || secrets.any(|s| namespaces.contains(s.about.namespace.as_str()))
}

fn valid(gateway: &Item<Gateway>, path: &str, secret: &Item<Secret>, report: &mut Report) {
    let data = secret.data.iter().flatten();
    let data = data.map(|(key, value)| (key.as_str(), value.0.as_slice()));
    let text = secret.string_data.iter().flatten();
    let text = text.map(|(key, value)| (key.as_str(), value.as_bytes()));
    let keys: Vec<(&str, &[u8])> = data.chain(text).collect();
    // Of a cluster's secret only the name is asked.
    if secret.about.place.is_none() && keys.is_empty() {
        return;
    }
    let value = |key: &str| {
        keys.iter()
            .find(|(known, _)| *known == key)
            .map(|(_, v)| *v)
    };
    let is_pem = |key: &str| value(key).is_some_and(|v| v.starts_with(b"-----BEGIN"));
    let has = |cert: &str, key: &str| is_pem(cert) && is_pem(key);
    if !has("tls.crt", "tls.key") && !has("cert", "key") {
        let given: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
        report.field(
            Code::InvalidGatewayCredential,
            &gateway.about,
            path,
            format!(
                "secret {} has no certificate and key in PEM, in tls.crt and tls.key or in cert and key; it has: {}",
                secret.about.full_name(),
                if given.is_empty() { "nothing".to_owned() } else { given.join(", ") }
            ),
        );
    }
}
