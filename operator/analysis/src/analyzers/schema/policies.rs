//! Rules of the kinds that attach to workloads.

use std::collections::BTreeMap;

use mainsheet_crds::istio::extensions::wasm_plugin::WasmPluginSpec;
use mainsheet_crds::istio::networking::EnvoyFilterSpec;
use mainsheet_crds::istio::security::authorization_policy::AuthorizationAction;
use mainsheet_crds::istio::security::{
    AuthorizationPolicySpec, PeerAuthenticationSpec, RequestAuthenticationSpec,
};
use serde::Serialize;
use serde_json::Value;

use super::Findings;

/// Methods of HTTP, as policies write them.
const METHODS_ARE: &str = "in capitals";

pub(super) fn authorization(spec: &AuthorizationPolicySpec, findings: &mut Findings<'_>) {
    let is_custom = spec.action == Some(AuthorizationAction::Custom);
    let provider = spec.provider.as_ref().and_then(|one| one.name.as_deref());
    match (is_custom, provider.unwrap_or_default()) {
        (true, "") => findings.error("spec.provider.name", "missing, but required for CUSTOM"),
        (false, name) if !name.is_empty() => {
            findings.error("spec.provider", "allowed for CUSTOM only");
        }
        (true | false, _) => {}
    }
    if spec.action == Some(AuthorizationAction::Deny) && spec.rules.is_empty() {
        findings.error(
            "spec.rules",
            "DENY without rules denies nothing; one empty rule ({}) denies all",
        );
    }
    for (i, rule) in spec.rules.iter().enumerate() {
        let path = format!("spec.rules[{i}]");
        for (j, from) in rule.from.iter().enumerate() {
            if is_blank(from.source.as_ref()) {
                findings.error(
                    format!("{path}.from[{j}].source"),
                    "empty: nothing is matched by it",
                );
            }
        }
        for (j, to) in rule.to.iter().enumerate() {
            let path = format!("{path}.to[{j}].operation");
            if is_blank(to.operation.as_ref()) {
                findings.error(&path, "empty: nothing is matched by it");
            }
            let methods = to.operation.iter().flat_map(|one| &one.methods);
            for method in methods.filter(|m| m.chars().any(|c| c.is_ascii_lowercase())) {
                findings.warning(
                    format!("{path}.methods"),
                    format!("{method:?} matches no request: methods of HTTP are {METHODS_ARE}"),
                );
            }
        }
        for (j, condition) in rule.when.iter().enumerate() {
            if condition.values.is_empty() && condition.not_values.is_empty() {
                findings.error(format!("{path}.when[{j}]"), "values or notValues is needed");
            }
        }
    }
}

/// Whether nothing is set.
fn is_blank<T: Serialize>(value: Option<&T>) -> bool {
    let fields = value.and_then(|value| serde_json::to_value(value).ok());
    fields.is_none_or(|fields: Value| fields.as_object().is_none_or(serde_json::Map::is_empty))
}

pub(super) fn peer_authentication(spec: &PeerAuthenticationSpec, findings: &mut Findings<'_>) {
    let labels = spec
        .selector
        .as_ref()
        .map(|selector| &selector.match_labels);
    if !spec.port_level_mtls.is_empty() && labels.is_none_or(BTreeMap::is_empty) {
        findings.error("spec.portLevelMtls", "allowed with a selector only");
    }
    for port in spec.port_level_mtls.keys() {
        if !port.parse::<u16>().is_ok_and(|port| port > 0) {
            findings.error(
                format!("spec.portLevelMtls[\"{port}\"]"),
                format!("{port:?} given, allowed: 1 to 65535"),
            );
        }
    }
}

pub(super) fn request_authentication(
    spec: &RequestAuthenticationSpec,
    findings: &mut Findings<'_>,
) {
    for (at, rule) in spec.jwt_rules.iter().enumerate() {
        let path = format!("spec.jwtRules[{at}]");
        let uri = rule.jwks_uri.as_ref().or(rule.jwks_uri_snake.as_ref());
        if rule.jwks.is_some() && uri.is_some() {
            findings.error(
                format!("{path}.jwks"),
                "jwks and jwksUri given, allowed: one of them",
            );
        }
        if let Some(uri) = uri
            && !["http://", "https://"]
                .iter()
                .any(|scheme| uri.starts_with(scheme))
        {
            findings.error(
                format!("{path}.jwksUri"),
                format!("{uri:?} given, allowed: an address that begins with http:// or https://"),
            );
        }
        if rule.issuer.as_deref().unwrap_or_default().is_empty() {
            findings.error(format!("{path}.issuer"), "missing, but required");
        }
    }
}

pub(super) fn envoy_filter(spec: &EnvoyFilterSpec, findings: &mut Findings<'_>) {
    for (at, patch) in spec.config_patches.iter().enumerate() {
        let path = format!("spec.configPatches[{at}]");
        if patch.apply_to.is_none() {
            findings.error(format!("{path}.applyTo"), "missing, but required");
        }
        if patch.patch.is_none() {
            findings.error(format!("{path}.patch"), "missing, but required");
        }
    }
}

pub(super) fn wasm_plugin(spec: &WasmPluginSpec, findings: &mut Findings<'_>) {
    let scheme = spec.url.split_once("://").map(|(scheme, _)| scheme);
    if spec.url.is_empty() {
        findings.error("spec.url", "empty, but required");
    } else if scheme.is_some_and(|scheme| !["oci", "http", "https", "file"].contains(&scheme)) {
        findings.error(
            "spec.url",
            format!(
                "{:?} given, allowed: oci://, http://, https:// or file://",
                spec.url
            ),
        );
    }
}
