//! Kinds and fields that Istio does not read, or not for long.

use std::sync::Arc;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "deprecation.DeprecationAnalyzer",
    about: "Kinds and fields that Istio does not read, or not for long",
    codes: &[
        Code::Deprecated,
        Code::PolicyResourceIsDeprecated,
        Code::MeshPolicyResourceIsDeprecated,
    ],
    inputs: &[],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    let objects = &view.snapshot.objects;
    for service in &objects.virtual_services {
        for (at, rule) in service.spec.http.iter().enumerate() {
            let delay = rule.fault.as_ref().and_then(|fault| fault.delay.as_ref());
            if delay.and_then(|delay| delay.percent).is_some_and(|p| p > 0) {
                report.field(
                    Code::Deprecated,
                    &service.about,
                    format!("spec.http[{at}].fault.delay.percent"),
                    "percent is on its way out; use percentage.value",
                );
            }
        }
    }
    for sidecar in &objects.sidecars {
        let policy = sidecar.spec.outbound_traffic_policy.as_ref();
        if policy.is_some_and(|policy| policy.egress_proxy.is_some()) {
            report.field(
                Code::Deprecated,
                &sidecar.about,
                "spec.outboundTrafficPolicy.egressProxy",
                "egressProxy is ignored",
            );
        }
    }
    for crd in &objects.crds {
        let gone = Kind::ALL.iter().find(|kind| {
            kind.is_gone() && crd.about.name == format!("{}.{}", kind.plural(), kind.group())
        });
        if let Some(kind) = gone {
            let text = format!(
                "Istio does not read this kind any more; use {}",
                instead(kind.group())
            );
            report.whole(Code::Deprecated, &crd.about, text);
        }
    }
    let removed = (objects.cluster_rbac_configs.iter().map(|one| &one.about))
        .chain(objects.rbac_configs.iter().map(|one| &one.about))
        .chain(objects.service_roles.iter().map(|one| &one.about))
        .chain(objects.service_role_bindings.iter().map(|one| &one.about));
    for about in removed {
        gone(Code::Deprecated, about, report);
    }
    for policy in &objects.policies {
        gone(Code::PolicyResourceIsDeprecated, &policy.about, report);
    }
    for policy in &objects.mesh_policies {
        gone(Code::MeshPolicyResourceIsDeprecated, &policy.about, report);
    }
}

fn gone(code: Code, about: &Arc<Resource>, report: &mut Report) {
    let text = format!(
        "Istio does not read this kind any more, so that it protects nothing; use {}",
        instead(about.kind.group())
    );
    report.whole(code, about, text);
}

fn instead(group: &str) -> &'static str {
    if group == "rbac.istio.io" {
        "AuthorizationPolicy"
    } else {
        "PeerAuthentication and RequestAuthentication"
    }
}
