//! Rules of DestinationRules.

use std::collections::BTreeSet;

use mainsheet_crds::istio::networking::DestinationRuleSpec;
use mainsheet_crds::istio::networking::destination_rule::{
    ClientTlsMode, ClientTlsSettings, TrafficPolicy,
};

use super::Findings;

pub(super) fn check(spec: &DestinationRuleSpec, findings: &mut Findings<'_>) {
    if spec.host.is_empty() {
        findings.error("spec.host", "empty, but required");
    }
    if let Some(policy) = &spec.traffic_policy {
        check_policy(policy, "spec.trafficPolicy", findings);
    }
    let mut names = BTreeSet::new();
    for (at, subset) in spec.subsets.iter().enumerate() {
        let path = format!("spec.subsets[{at}]");
        if subset.name.is_empty() {
            findings.error(format!("{path}.name"), "empty, but required");
        } else if !names.insert(&subset.name) {
            findings.error(
                format!("{path}.name"),
                format!("{:?} is there twice", subset.name),
            );
        }
        if let Some(policy) = &subset.traffic_policy {
            check_policy(policy, &format!("{path}.trafficPolicy"), findings);
        }
    }
}

fn check_policy(policy: &TrafficPolicy, path: &str, findings: &mut Findings<'_>) {
    if let Some(tls) = &policy.tls {
        check_tls(tls, &format!("{path}.tls"), findings);
    }
    let mut ports = BTreeSet::new();
    for (at, settings) in policy.port_level_settings.iter().enumerate() {
        let path = format!("{path}.portLevelSettings[{at}]");
        match settings.port.as_ref().and_then(|port| port.number) {
            None => findings.error(format!("{path}.port"), "missing, but required"),
            Some(number) if !ports.insert(number) => {
                findings.error(
                    format!("{path}.port.number"),
                    format!("{number} is there twice"),
                );
            }
            Some(_) => {}
        }
        if let Some(tls) = &settings.tls {
            check_tls(tls, &format!("{path}.tls"), findings);
        }
    }
}

fn check_tls(tls: &ClientTlsSettings, path: &str, findings: &mut Findings<'_>) {
    let set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let has_files = set(&tls.client_certificate) && set(&tls.private_key);
    if tls.mode == Some(ClientTlsMode::Mutual) && !has_files && !set(&tls.credential_name) {
        findings.error(
            path,
            "MUTUAL needs clientCertificate and privateKey, or credentialName",
        );
    }
    if tls.insecure_skip_verify == Some(true)
        && (set(&tls.ca_certificates) || !tls.subject_alt_names.is_empty())
    {
        findings.error(
            format!("{path}.insecureSkipVerify"),
            "not allowed beside caCertificates or subjectAltNames",
        );
    }
}
