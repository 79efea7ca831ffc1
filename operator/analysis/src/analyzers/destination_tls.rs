//! TLS that DestinationRules begin without checking whom they talk to.

use mainsheet_crds::istio::networking::destination_rule::{ClientTlsMode, ClientTlsSettings};

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "destinationrule.CaCertificateAnalyzer",
    about: "DestinationRules that begin TLS without checking the server",
    codes: &[
        Code::NoServerCertificateVerificationDestinationLevel,
        Code::NoServerCertificateVerificationPortLevel,
    ],
    inputs: &[Kind::DestinationRule],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    for rule in &view.snapshot.objects.destination_rules {
        let Some(policy) = &rule.spec.traffic_policy else {
            continue;
        };
        let is_for_some = rule.spec.workload_selector.is_some();
        if let Some(mode) = unchecked(policy.tls.as_ref(), is_for_some) {
            report.field(
                Code::NoServerCertificateVerificationDestinationLevel,
                &rule.about,
                "spec.trafficPolicy.tls",
                format!(
                    "mode {mode} without caCertificates: nobody checks that it is {} who answers",
                    rule.spec.host
                ),
            );
        }
        for (at, settings) in policy.port_level_settings.iter().enumerate() {
            if let Some(mode) = unchecked(settings.tls.as_ref(), is_for_some) {
                let port = settings.port.as_ref().and_then(|port| port.number);
                report.field(
                    Code::NoServerCertificateVerificationPortLevel,
                    &rule.about,
                    format!("spec.trafficPolicy.portLevelSettings[{at}].tls"),
                    format!(
                        "mode {mode} without caCertificates: nobody checks that it is {} who answers on port {}",
                        rule.spec.host,
                        port.unwrap_or_default()
                    ),
                );
            }
        }
    }
}

/// The mode, if it begins TLS and nothing says whose certificates are good.
fn unchecked(tls: Option<&ClientTlsSettings>, is_for_some: bool) -> Option<&'static str> {
    let tls = tls?;
    let mode = match tls.mode? {
        ClientTlsMode::Simple => "SIMPLE",
        ClientTlsMode::Mutual => "MUTUAL",
        ClientTlsMode::Disable | ClientTlsMode::IstioMutual => return None,
    };
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    // A sidecar takes a secret only where the rule says for whom it is.
    let by_secret = given(&tls.credential_name) && is_for_some;
    (!given(&tls.ca_certificates) && !by_secret).then_some(mode)
}
