//! EnvoyFilters: operations that do nothing, and those that depend on an order.

use mainsheet_crds::istio::EnvoyFilter;
use mainsheet_crds::istio::networking::envoy_filter::{ApplyTo, ConfigPatch, PatchOperation};

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::resource::Item;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "envoyfilter.EnvoyPatchAnalyzer",
    about: "Operations of EnvoyFilters that do nothing or depend on an order",
    codes: &[
        Code::EnvoyFilterUsesRelativeOperation,
        Code::EnvoyFilterUsesReplaceOperationIncorrectly,
        Code::EnvoyFilterUsesAddOperationIncorrectly,
        Code::EnvoyFilterUsesRemoveOperationIncorrectly,
        Code::EnvoyFilterUsesRelativeOperationWithProxyVersion,
    ],
    inputs: &[Kind::EnvoyFilter],
    run,
};

fn run(view: &View<'_>, report: &mut Report) {
    let filters = &view.snapshot.objects.envoy_filters;
    // Names of filters that are patched for one version of the proxy only.
    let for_version: Vec<&str> = filters
        .iter()
        .flat_map(|filter| &filter.spec.config_patches)
        .filter(|patch| is_for_version(patch))
        .filter_map(name_of)
        .collect();
    for filter in filters {
        for (at, patch) in filter.spec.config_patches.iter().enumerate() {
            check(filter, at, patch, &for_version, report);
        }
    }
}

fn check(
    filter: &Item<EnvoyFilter>,
    at: usize,
    patch: &ConfigPatch,
    for_version: &[&str],
    report: &mut Report,
) {
    let Some(operation) = patch.patch.as_ref().and_then(|patch| patch.operation) else {
        return;
    };
    let apply_to = patch.apply_to;
    let is_route = matches!(
        apply_to,
        Some(ApplyTo::RouteConfiguration | ApplyTo::HttpRoute)
    );
    let field = format!("spec.configPatches[{at}].patch.operation");
    let is_relative = match operation {
        PatchOperation::Add if is_route => {
            report.field(
                Code::EnvoyFilterUsesAddOperationIncorrectly,
                &filter.about,
                field,
                "ADD is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE",
            );
            return;
        }
        PatchOperation::Remove if is_route => {
            report.field(
                Code::EnvoyFilterUsesRemoveOperationIncorrectly,
                &filter.about,
                field,
                "REMOVE is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE",
            );
            return;
        }
        PatchOperation::Replace if !is_replaceable(apply_to) => {
            report.field(
                Code::EnvoyFilterUsesReplaceOperationIncorrectly,
                &filter.about,
                field,
                "REPLACE works for HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST only",
            );
            return;
        }
        PatchOperation::Remove
        | PatchOperation::Replace
        | PatchOperation::InsertBefore
        | PatchOperation::InsertAfter => true,
        PatchOperation::Invalid
        | PatchOperation::Add
        | PatchOperation::Merge
        | PatchOperation::MergeAndReplaceList
        | PatchOperation::InsertFirst => false,
    };
    if !is_relative || filter.spec.priority.is_some_and(|priority| priority != 0) {
        return;
    }
    let advice = "set spec.priority, or use INSERT_FIRST or ADD";
    if name_of(patch).is_some_and(|name| for_version.contains(&name)) {
        report.field(
            Code::EnvoyFilterUsesRelativeOperationWithProxyVersion,
            &filter.about,
            field,
            format!(
                "the operation needs another filter to be there first, and a patch of the same filter is for one \
                 proxy version only: during an upgrade it may not be applied; {advice}"
            ),
        );
    } else {
        report.field(
            Code::EnvoyFilterUsesRelativeOperation,
            &filter.about,
            field,
            format!("the operation needs another filter to be there first, but no order is set; {advice}"),
        );
    }
}

fn is_replaceable(apply_to: Option<ApplyTo>) -> bool {
    matches!(
        apply_to,
        Some(ApplyTo::HttpFilter | ApplyTo::NetworkFilter | ApplyTo::VirtualHost)
    )
}

fn is_for_version(patch: &ConfigPatch) -> bool {
    let proxy = patch.match_.as_ref().and_then(|m| m.proxy.as_ref());
    let version = proxy.and_then(|proxy| proxy.proxy_version.as_deref());
    version.is_some_and(|version| !version.is_empty())
}

/// Name of the filter that a patch is about: the one it brings, or the one it looks for.
fn name_of(patch: &ConfigPatch) -> Option<&str> {
    let value = patch.patch.as_ref().and_then(|patch| patch.value.as_ref());
    let brought = value.and_then(|value| value.get("name")?.as_str());
    brought.or_else(|| {
        let listener = patch.match_.as_ref()?.listener.as_ref()?;
        let filter = listener.filter_chain.as_ref()?.filter.as_ref()?;
        filter.name.as_deref()
    })
}
