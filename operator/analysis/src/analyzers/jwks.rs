//! Keys of tokens: istiod fetches them from wherever a RequestAuthentication says.

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::{View, containers};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "authn.BlockedCIDRsAnalyzer",
    about: "Addresses from which istiod may fetch keys",
    codes: &[Code::JwksUriFetchUnrestricted],
    inputs: &[Kind::RequestAuthentication, Kind::Deployment],
    run,
};

/// Setting with the addresses from which istiod fetches no keys.
const SETTING: &str = "BLOCKED_CIDRS_IN_JWKS_URIS";
/// How many policies are named.
const SHOWN: usize = 5;

fn run(view: &View<'_>, report: &mut Report) {
    let policies = view.snapshot.objects.request_authentications.iter();
    let fetching: Vec<String> = policies
        .filter(|policy| {
            let mut rules = policy.spec.jwt_rules.iter();
            rules.any(|rule| rule.jwks_uri.is_some() || rule.jwks_uri_snake.is_some())
        })
        .map(|policy| policy.about.full_name())
        .collect();
    if fetching.is_empty() {
        return;
    }
    let istiods = view.workloads.all().filter(|workload| {
        workload.about.kind == Kind::Deployment
            && workload
                .labels
                .get("app")
                .is_some_and(|app| app == "istiod")
    });
    for istiod in istiods {
        let settings = containers(istiod.spec).flat_map(|one| one.env.iter().flatten());
        let mut settings = settings.filter(|one| one.name == SETTING);
        if settings.any(|one| one.value.as_deref().is_some_and(|value| !value.is_empty())) {
            continue;
        }
        let more = fetching.len().saturating_sub(SHOWN);
        let shown = fetching[..fetching.len().min(SHOWN)].join(", ");
        let named = match more {
            0 => shown,
            more => format!("{shown} and {more} more"),
        };
        report.whole(
            Code::JwksUriFetchUnrestricted,
            istiod.about,
            format!(
                "{SETTING} is not set: whoever may write a RequestAuthentication makes istiod call any address; \
                 it now fetches keys for {named}"
            ),
        );
    }
}
