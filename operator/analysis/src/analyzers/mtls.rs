//! TLS of DestinationRules against what the pods behind their hosts take.

use mainsheet_crds::istio::PeerAuthentication;
use mainsheet_crds::istio::networking::destination_rule::ClientTlsMode;
use mainsheet_crds::istio::security::peer_authentication::PeerMtlsMode;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::{View, Workload, fqdn, is_local, is_subset};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "auth.MTLSAnalyzer",
    about: "DestinationRules whose TLS is not what a PeerAuthentication takes",
    codes: &[Code::MTLSPolicyConflict],
    inputs: &[
        Kind::DestinationRule,
        Kind::PeerAuthentication,
        Kind::Service,
        Kind::Pod,
    ],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    for rule in &view.snapshot.objects.destination_rules {
        let tls = rule
            .spec
            .traffic_policy
            .as_ref()
            .and_then(|p| p.tls.as_ref());
        let Some(mode) = tls.and_then(|tls| tls.mode) else {
            continue;
        };
        let namespace = &rule.about.namespace;
        let found = view.hosts.find(namespace, &rule.spec.host);
        let is_service = is_local(&fqdn(namespace, &rule.spec.host));
        let Some((found, selector)) = found
            .filter(|_| is_service)
            .and_then(|f| Some((f, f.selector?)))
        else {
            continue;
        };
        let pods = view.workloads.selected(&found.about.namespace, selector);
        for pod in pods.filter(|pod| pod.has_sidecar) {
            let Some((policy, wanted)) = policy_of(view, pod) else {
                continue;
            };
            let Some(problem) = contradiction(mode, wanted) else {
                continue;
            };
            report.field(
                Code::MTLSPolicyConflict,
                &rule.about,
                "spec.trafficPolicy.tls.mode",
                format!(
                    "{problem}: so says PeerAuthentication {} for the pods of {}",
                    policy.about.full_name(),
                    rule.spec.host
                ),
            );
            break;
        }
    }
}

/// Why a client's mode does not go with a server's.
fn contradiction(client: ClientTlsMode, server: PeerMtlsMode) -> Option<&'static str> {
    match (client, server) {
        (ClientTlsMode::Disable, PeerMtlsMode::Strict) => {
            Some("the client speaks plain text, the pods take only the mesh's mutual TLS")
        }
        (ClientTlsMode::Simple | ClientTlsMode::Mutual, PeerMtlsMode::Strict) => {
            Some("the client does not use the mesh's certificates, the pods take only these")
        }
        (ClientTlsMode::IstioMutual, PeerMtlsMode::Disable) => {
            Some("the client speaks the mesh's mutual TLS, the pods take only plain text")
        }
        (ClientTlsMode::IstioMutual, PeerMtlsMode::Strict)
        | (
            ClientTlsMode::Disable | ClientTlsMode::Simple | ClientTlsMode::Mutual,
            PeerMtlsMode::Disable,
        )
        | (_, PeerMtlsMode::Permissive | PeerMtlsMode::Unset) => None,
    }
}

/// The policy that decides for a pod: one for its labels before its namespace's before the mesh's.
fn policy_of<'a>(
    view: &View<'a>,
    pod: &Workload<'_>,
) -> Option<(&'a Item<PeerAuthentication>, PeerMtlsMode)> {
    let decided = |policy: &'a Item<PeerAuthentication>| {
        let mode = policy.spec.mtls.as_ref()?.mode?;
        (mode != PeerMtlsMode::Unset).then_some((policy, mode))
    };
    let all = || view.snapshot.objects.peer_authentications.iter();
    let labels = |policy: &Item<PeerAuthentication>| {
        let selector = policy.spec.selector.as_ref();
        selector
            .map(|s| s.match_labels.clone())
            .filter(|labels| !labels.is_empty())
    };
    let own = |policy: &&Item<PeerAuthentication>| policy.about.namespace == pod.about.namespace;
    let for_labels = all()
        .filter(own)
        .filter(|policy| labels(policy).is_some_and(|wanted| is_subset(&wanted, pod.labels)))
        .find_map(decided);
    // Single ports may differ: then nothing is said.
    if for_labels.is_some_and(|(policy, _)| !policy.spec.port_level_mtls.is_empty()) {
        return None;
    }
    for_labels
        .or_else(|| {
            all()
                .filter(own)
                .filter(|policy| labels(policy).is_none())
                .find_map(decided)
        })
        .or_else(|| {
            all()
                .filter(|policy| policy.about.namespace == view.mesh.root_namespace)
                .filter(|policy| labels(policy).is_none())
                .find_map(decided)
        })
}
