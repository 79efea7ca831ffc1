//! Istio's kinds against their schemas, and against the rules that the schemas cannot say.

mod bounds;
mod destination_rule;
mod gateway;
mod http;
mod policies;
mod registry;
mod virtual_service;

use std::sync::{Arc, LazyLock};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use mainsheet_crds::istio::{self, crd};
use mainsheet_profiles::{Finding, schema_findings};
use serde_json::Value;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Resource;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "schema.ValidationAnalyzer",
    about: "Fields that do not exist, have the wrong type, or break a rule of their kind",
    codes: &[Code::SchemaValidationError, Code::SchemaWarning],
    inputs: &[],
    run,
};

/// What a rule finds, about one object.
struct Findings<'a> {
    about: &'a Arc<Resource>,
    report: &'a mut Report,
}

impl Findings<'_> {
    /// The field cannot be so.
    fn error(&mut self, path: impl Into<String>, text: impl AsRef<str>) {
        self.say(Code::SchemaValidationError, path.into(), text.as_ref());
    }

    /// The field has no effect.
    fn warning(&mut self, path: impl Into<String>, text: impl AsRef<str>) {
        self.say(Code::SchemaWarning, path.into(), text.as_ref());
    }

    fn say(&mut self, code: Code, path: String, text: &str) {
        let text = format!("{path}: {text}");
        self.report.field(code, self.about, path, text);
    }
}

fn run(view: &View<'_>, report: &mut Report) {
    let snapshot = view.snapshot;
    for (about, value) in &snapshot.written {
        let Some(schema) = schema_of(about.kind) else {
            continue;
        };
        let schema = &schema["properties"]["spec"];
        let spec = &value["spec"];
        let mut found = schema_findings(spec, schema, "spec");
        bounds::findings(spec, schema, "spec", &mut found);
        if found.is_empty() {
            found.extend(unreadable(view, about));
        }
        for Finding { path, problem } in found {
            let mut findings = Findings { about, report };
            findings.error(path, problem);
        }
    }
    for (about, reason) in &snapshot.unreadable {
        if !about.kind.is_istio() {
            report.whole(Code::SchemaValidationError, about, reason.clone());
        }
    }
    rules(view, report);
}

/// What serde says of an object that its schema allows.
fn unreadable(view: &View<'_>, about: &Arc<Resource>) -> Option<Finding> {
    let all = &view.snapshot.unreadable;
    let (_, reason) = all.iter().find(|(one, _)| Arc::ptr_eq(one, about))?;
    Some(Finding {
        path: "spec".to_owned(),
        problem: reason.clone(),
    })
}

fn rules(view: &View<'_>, report: &mut Report) {
    let objects = &view.snapshot.objects;
    macro_rules! check {
        ($($field:ident: $rule:path;)+) => {
            $(for item in &objects.$field {
                let mut findings = Findings { about: &item.about, report };
                $rule(&item.spec, &mut findings);
            })+
        };
    }
    check! {
        authorization_policies: policies::authorization;
        destination_rules: destination_rule::check;
        envoy_filters: policies::envoy_filter;
        gateways: gateway::check;
        peer_authentications: policies::peer_authentication;
        request_authentications: policies::request_authentication;
        service_entries: registry::service_entry;
        sidecars: registry::sidecar;
        virtual_services: virtual_service::check;
        wasm_plugins: policies::wasm_plugin;
    }
}

/// The schema of a kind, as its CRD has it.
fn schema_of(kind: Kind) -> Option<&'static Value> {
    macro_rules! schemas {
        ($($kind:ident),+) => {
            match kind {
                $(Kind::$kind => {
                    static SCHEMA: LazyLock<Value> = LazyLock::new(|| of_crd(crd::<istio::$kind>()));
                    Some(&*SCHEMA)
                })+
                _ => None,
            }
        };
    }
    schemas!(
        AuthorizationPolicy,
        DestinationRule,
        EnvoyFilter,
        Gateway,
        PeerAuthentication,
        ProxyConfig,
        RequestAuthentication,
        ServiceEntry,
        Sidecar,
        Telemetry,
        TrafficExtension,
        VirtualService,
        WasmPlugin,
        WorkloadEntry,
        WorkloadGroup
    )
}

fn of_crd(crd: CustomResourceDefinition) -> Value {
    let version = crd.spec.versions.into_iter().next();
    let schema = version.and_then(|version| version.schema?.open_api_v3_schema);
    serde_json::to_value(schema).unwrap_or_default()
}
