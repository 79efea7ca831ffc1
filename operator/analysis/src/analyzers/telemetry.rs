//! Telemetries: providers that the mesh has.

use serde_json::Value;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "telemetry.ProviderAnalyzer",
    about: "Providers that Telemetries use",
    codes: &[Code::InvalidTelemetryProvider, Code::Deprecated],
    inputs: &[Kind::Telemetry, Kind::ConfigMap],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    let Some(config) = &view.mesh.config else {
        return;
    };
    access_logs(view, config, report);
    lightstep(view, config, report);
}

fn access_logs(view: &View<'_>, config: &Value, report: &mut Report) {
    let defaults = config["defaultProviders"]["accessLogging"].as_array();
    if defaults.is_some_and(|names| !names.is_empty()) {
        return;
    }
    for telemetry in &view.snapshot.objects.telemetries {
        for (at, logs) in telemetry.spec.access_logging.iter().enumerate() {
            if logs.providers.is_empty() && logs.disabled != Some(true) {
                report.field(
                    Code::InvalidTelemetryProvider,
                    &telemetry.about,
                    format!("spec.accessLogging[{at}]"),
                    "no provider is named and the mesh has none by default: nothing is logged",
                );
            }
        }
    }
}

fn lightstep(view: &View<'_>, config: &Value, report: &mut Report) {
    let providers = config["extensionProviders"]
        .as_array()
        .into_iter()
        .flatten();
    let old: Vec<&str> = providers
        .filter(|provider| provider["lightstep"].is_object())
        .filter_map(|provider| provider["name"].as_str())
        .collect();
    for telemetry in &view.snapshot.objects.telemetries {
        for (at, tracing) in telemetry.spec.tracing.iter().enumerate() {
            for (index, provider) in tracing.providers.iter().enumerate() {
                if old.contains(&provider.name.as_str()) {
                    report.field(
                        Code::Deprecated,
                        &telemetry.about,
                        format!("spec.tracing[{at}].providers[{index}]"),
                        format!(
                            "provider {} is of the kind lightstep, which is on its way out; use opentelemetry",
                            provider.name
                        ),
                    );
                }
            }
        }
    }
}
