//! Conditions by which controllers say that they do not accept a resource.

use std::sync::Arc;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "conditions.ConditionAnalyzer",
    about: "Resources that their controllers report as not accepted",
    codes: &[Code::NegativeConditionStatus],
    inputs: &[],
    run,
};

/// Conditions that are to be true, by kind.
fn wanted(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Service | Kind::ServiceEntry | Kind::WorkloadEntry => &["istio.io/WaypointBound"],
        Kind::AuthorizationPolicy => &["ZtunnelAccepted", "WaypointAccepted"],
        Kind::KubernetesGateway | Kind::HttpRoute | Kind::GrpcRoute => {
            &["Accepted", "Programmed", "ResolvedRefs"]
        }
        _ => &[],
    }
}

struct Condition<'a> {
    type_: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

fn run(view: &View<'_>, report: &mut Report) {
    let objects = &view.snapshot.objects;
    for service in &objects.services {
        let status = service.status.as_ref();
        let conditions = status.and_then(|s| s.conditions.as_ref());
        kubernetes(&service.about, conditions.into_iter().flatten(), report);
    }
    for gateway in &objects.gateway_apis {
        kubernetes(&gateway.about, &gateway.status.conditions, report);
    }
    for route in objects.http_routes.iter().chain(&objects.grpc_routes) {
        let parents = route.status.parents.iter();
        let conditions = parents.flat_map(|parent| &parent.conditions);
        kubernetes(&route.about, conditions, report);
    }
    for policy in &objects.authorization_policies {
        istio(&policy.about, policy.status.as_ref(), report);
    }
    for entry in &objects.service_entries {
        istio(&entry.about, entry.status.as_ref(), report);
    }
    for entry in &objects.workload_entries {
        istio(&entry.about, entry.status.as_ref(), report);
    }
}

type KubernetesCondition = k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

fn kubernetes<'a>(
    about: &Arc<Resource>,
    conditions: impl IntoIterator<Item = &'a KubernetesCondition>,
    report: &mut Report,
) {
    for condition in conditions {
        let condition = Condition {
            type_: &condition.type_,
            status: &condition.status,
            reason: &condition.reason,
            message: &condition.message,
        };
        judge(about, &condition, report);
    }
}

fn istio(
    about: &Arc<Resource>,
    status: Option<&mainsheet_crds::istio::IstioStatus>,
    report: &mut Report,
) {
    for condition in status.into_iter().flat_map(|status| &status.conditions) {
        let condition = Condition {
            type_: condition.type_.as_deref().unwrap_or_default(),
            status: condition.status.as_deref().unwrap_or_default(),
            reason: condition.reason.as_deref().unwrap_or_default(),
            message: condition.message.as_deref().unwrap_or_default(),
        };
        judge(about, &condition, report);
    }
}

fn judge(about: &Arc<Resource>, condition: &Condition<'_>, report: &mut Report) {
    let is_wanted = wanted(about.kind).contains(&condition.type_);
    // A waypoint may accept a part of a policy only; then the condition is true all the same.
    let is_partial = condition.reason == "PartiallyInvalid";
    if is_wanted && (condition.status == "False" || is_partial) {
        report.field(
            Code::NegativeConditionStatus,
            about,
            "status.conditions",
            format!(
                "{} is {}: {}: {}",
                condition.type_, condition.status, condition.reason, condition.message
            ),
        );
    }
}
