//! Rules and matches of a VirtualService that earlier ones hide.

use std::collections::HashMap;

use mainsheet_crds::istio::networking::virtual_service::{HttpMatchRequest, StringMatch};
use serde::Serialize;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.UnreachableRuleAnalyzer",
    about: "Rules and matches of VirtualServices that earlier ones hide",
    codes: &[
        Code::VirtualServiceUnreachableRule,
        Code::VirtualServiceIneffectiveMatch,
    ],
    inputs: &[Kind::VirtualService],
    run,
};

type VirtualService = mainsheet_crds::istio::VirtualService;

/// A rule: its name, if it has one, and what it matches.
struct Rule<'a> {
    name: Option<&'a str>,
    matches: Vec<String>,
}

fn run(view: &View<'_>, report: &mut Report) {
    for service in &view.snapshot.objects.virtual_services {
        let spec = &service.spec;
        let http = spec.http.iter().map(|rule| Rule {
            name: rule.name.as_deref(),
            matches: texts(&rule.match_),
        });
        hidden(service, "http", &http.collect::<Vec<_>>(), report);
        let tls = spec.tls.iter().map(|rule| Rule {
            name: None,
            matches: texts(&rule.match_),
        });
        hidden(service, "tls", &tls.collect::<Vec<_>>(), report);
        let tcp = spec.tcp.iter().map(|rule| Rule {
            name: None,
            matches: texts(&rule.match_),
        });
        hidden(service, "tcp", &tcp.collect::<Vec<_>>(), report);
        covered(service, report);
    }
}

/// Matches as text, so that equal ones are equal; their names do not count.
fn texts<T: Serialize>(matches: &[T]) -> Vec<String> {
    let text = |one: &T| {
        let mut value = serde_json::to_value(one).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("name");
        }
        value.to_string()
    };
    matches.iter().map(text).collect()
}

fn hidden(service: &Item<VirtualService>, protocol: &str, rules: &[Rule<'_>], report: &mut Report) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut catches_all: Option<usize> = None;
    for (at, rule) in rules.iter().enumerate() {
        let path = format!("spec.{protocol}[{at}]");
        if let Some(before) = catches_all {
            report.field(
                Code::VirtualServiceUnreachableRule,
                &service.about,
                path,
                format!(
                    "rule {} is never used: rule {} before it matches everything",
                    called(rules, at),
                    called(rules, before)
                ),
            );
            continue;
        }
        if rule.matches.is_empty() || rule.matches.iter().any(|text| text == "{}") {
            catches_all = Some(at);
            continue;
        }
        let mut repeated = 0;
        for (index, text) in rule.matches.iter().enumerate() {
            let Some(before) = seen.get(text.as_str()) else {
                seen.insert(text, at);
                continue;
            };
            repeated += 1;
            report.field(
                Code::VirtualServiceIneffectiveMatch,
                &service.about,
                format!("{path}.match[{index}]"),
                format!(
                    "match {index} of rule {} is never used: rule {} has the same",
                    called(rules, at),
                    called(rules, *before)
                ),
            );
        }
        if repeated == rule.matches.len() {
            report.field(
                Code::VirtualServiceUnreachableRule,
                &service.about,
                path,
                format!(
                    "rule {} is never used: earlier rules have all of its matches",
                    called(rules, at)
                ),
            );
        }
    }
}

fn called(rules: &[Rule<'_>], at: usize) -> String {
    rules[at]
        .name
        .map_or_else(|| at.to_string(), |name| format!("{name:?}"))
}

/// Matches of which a shorter prefix, under the same or weaker conditions, came before.
fn covered(service: &Item<VirtualService>, report: &mut Report) {
    let rules = service.spec.http.iter().enumerate();
    let all: Vec<(usize, usize, &HttpMatchRequest)> = rules
        .flat_map(|(at, rule)| rule.match_.iter().enumerate().map(move |(i, m)| (at, i, m)))
        .collect();
    for (position, (at, index, one)) in all.iter().enumerate() {
        let mut earlier = all[..position].iter();
        let hides = |(_, _, before): &&(usize, usize, &HttpMatchRequest)| hides(before, one);
        if let Some((before, _, by)) = earlier.find(hides) {
            let prefix = |m: &HttpMatchRequest| prefix_of(m).unwrap_or_default().to_owned();
            report.field(
                Code::VirtualServiceIneffectiveMatch,
                &service.about,
                format!("spec.http[{at}].match[{index}]"),
                format!(
                    "match {index} of rule {at}, prefix {:?}, is never used: rule {before} matches prefix {:?} \
                     before it",
                    prefix(one),
                    prefix(by)
                ),
            );
        }
    }
}

/// The prefix of the path, if nothing else says how the path is matched.
fn prefix_of(one: &HttpMatchRequest) -> Option<&str> {
    one.uri.as_ref()?.prefix.as_deref()
}

/// Whether all that `later` matches is matched by `before` already. Unequal prefixes only: equal
/// matches are found otherwise.
fn hides(before: &HttpMatchRequest, later: &HttpMatchRequest) -> bool {
    let (Some(short), Some(long)) = (prefix_of(before), prefix_of(later)) else {
        return false;
    };
    let weaker = |a: &Option<StringMatch>, b: &Option<StringMatch>| a.is_none() || a == b;
    short != long
        && long.starts_with(short)
        && before.ignore_uri_case.unwrap_or_default() == later.ignore_uri_case.unwrap_or_default()
        && weaker(&before.method, &later.method)
        && weaker(&before.authority, &later.authority)
        && weaker(&before.scheme, &later.scheme)
        && (before.port.is_none() || before.port == later.port)
        && (before.source_namespace.is_none() || before.source_namespace == later.source_namespace)
        && (before.gateways.is_empty() || before.gateways == later.gateways)
        && before
            .source_labels
            .iter()
            .all(|(key, value)| later.source_labels.get(key) == Some(value))
        && (before.headers.iter()).all(|(key, value)| later.headers.get(key) == Some(value))
        && (before.query_params.iter())
            .all(|(key, value)| later.query_params.get(key) == Some(value))
        && (before.without_headers.iter())
            .all(|(key, value)| later.without_headers.get(key) == Some(value))
}
