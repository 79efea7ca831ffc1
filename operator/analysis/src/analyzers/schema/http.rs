//! Rules for HTTP in VirtualServices.

use mainsheet_crds::istio::networking::virtual_service::{HttpRoute, Percent};

use super::Findings;
use super::virtual_service::routes;

pub(super) fn check(rule: &HttpRoute, is_delegate: bool, path: &str, findings: &mut Findings<'_>) {
    what_is_done(rule, is_delegate, path, findings);
    faults(rule, path, findings);
    retries(rule, path, findings);
    if let Some(redirect) = &rule.redirect
        && let Some(code) = redirect.redirect_code
        && !(300..=399).contains(&code)
    {
        findings.error(
            format!("{path}.redirect.redirectCode"),
            format!("{code} given, allowed: 301, 302, 303, 307 or 308"),
        );
    }
    for (index, one) in rule.match_.iter().enumerate() {
        for name in one.headers.keys().chain(one.without_headers.keys()) {
            if name.is_empty() {
                findings.error(
                    format!("{path}.match[{index}].headers"),
                    "a header has no name",
                );
            }
        }
    }
    let percentage = rule.mirror_percentage.as_ref();
    percent(percentage, &format!("{path}.mirrorPercentage"), findings);
    for (index, mirror) in rule.mirrors.iter().enumerate() {
        let path = format!("{path}.mirrors[{index}].percentage");
        percent(mirror.percentage.as_ref(), &path, findings);
    }
}

/// A request goes to a service, is answered, redirected or passed on: one of these.
fn what_is_done(rule: &HttpRoute, is_delegate: bool, path: &str, findings: &mut Findings<'_>) {
    let ways = [
        ("route", !rule.route.is_empty()),
        ("redirect", rule.redirect.is_some()),
        ("directResponse", rule.direct_response.is_some()),
        ("delegate", rule.delegate.is_some()),
    ];
    let set: Vec<&str> = ways
        .iter()
        .filter(|(_, is)| *is)
        .map(|(name, _)| *name)
        .collect();
    match set.as_slice() {
        [] => findings.error(
            path,
            "nothing is done: route, redirect, directResponse or delegate is needed",
        ),
        [_] => {}
        several => findings.error(
            path,
            format!(
                "{} given, allowed: one of route, redirect, directResponse, delegate",
                several.join(" and ")
            ),
        ),
    }
    if !rule.route.is_empty() {
        let weights = rule.route.iter().map(|route| route.weight);
        routes(rule.route.len(), weights, path, findings);
    }
    if is_delegate && rule.delegate.is_some() {
        findings.error(
            format!("{path}.delegate"),
            "one that is delegated to cannot delegate again",
        );
    }
    if rule.mirror.is_some() && !rule.mirrors.is_empty() {
        findings.error(
            format!("{path}.mirrors"),
            "mirror and mirrors given, allowed: one of them",
        );
    }
    if rule.redirect.is_some() {
        for (name, is_set) in [
            ("fault", rule.fault.is_some()),
            ("rewrite", rule.rewrite.is_some()),
        ] {
            if is_set {
                findings.error(format!("{path}.{name}"), "not allowed beside redirect");
            }
        }
    }
}

fn faults(rule: &HttpRoute, path: &str, findings: &mut Findings<'_>) {
    let Some(fault) = &rule.fault else { return };
    let path = format!("{path}.fault");
    if fault.delay.is_none() && fault.abort.is_none() {
        findings.error(&path, "delay or abort is needed");
    }
    if let Some(delay) = &fault.delay {
        percent(
            delay.percentage.as_ref(),
            &format!("{path}.delay.percentage"),
            findings,
        );
        if delay.fixed_delay.is_none() && delay.exponential_delay.is_none() {
            findings.error(format!("{path}.delay.fixedDelay"), "missing, but required");
        }
    }
    if let Some(abort) = &fault.abort {
        percent(
            abort.percentage.as_ref(),
            &format!("{path}.abort.percentage"),
            findings,
        );
        if let Some(status) = abort.http_status
            && !(200..=599).contains(&status)
        {
            findings.error(
                format!("{path}.abort.httpStatus"),
                format!("{status} given, allowed: 200 to 599"),
            );
        }
    }
}

fn retries(rule: &HttpRoute, path: &str, findings: &mut Findings<'_>) {
    let Some(retries) = &rule.retries else { return };
    let attempts = retries.attempts.unwrap_or_default();
    if attempts < 0 {
        findings.error(
            format!("{path}.retries.attempts"),
            format!("{attempts} given, allowed: 0 and more"),
        );
    }
    if attempts == 0 && (retries.per_try_timeout.is_some() || retries.retry_on.is_some()) {
        findings.error(
            format!("{path}.retries"),
            "perTryTimeout and retryOn are not allowed where attempts is 0",
        );
    }
}

fn percent(given: Option<&Percent>, path: &str, findings: &mut Findings<'_>) {
    if let Some(value) = given.and_then(|percent| percent.value)
        && !(0.0..=100.0).contains(&value)
    {
        findings.error(
            format!("{path}.value"),
            format!("{value} given, allowed: 0 to 100"),
        );
    }
}
