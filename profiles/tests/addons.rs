//! Which addons a spec gets, and which specs cannot have them.

#![allow(clippy::expect_used, reason = "helpers of tests")]

use mainsheet_profiles::{
    Addon, ComponentKind, Context, ResolveError, parse_spec, profile, resolve,
};
use serde_json::{Value, json};

/// The enabled addons with their images.
fn addons(spec: &Value) -> Result<Vec<(Addon, String)>, ResolveError> {
    let resolved = resolve("mesh", &parse_spec(spec)?, &Context::default())?;
    let addon = |component: mainsheet_profiles::Component| match component.kind {
        ComponentKind::Addon(addon) => Some((addon, component.image.unwrap_or_default())),
        ComponentKind::Base
        | ComponentKind::Pilot
        | ComponentKind::Cni
        | ComponentKind::Ztunnel
        | ComponentKind::Ingress
        | ComponentKind::Egress => None,
    };
    Ok(resolved.components.into_iter().filter_map(addon).collect())
}

fn names(spec: &Value) -> Vec<&'static str> {
    let addons = addons(spec).expect("resolves");
    addons
        .into_iter()
        .map(|(addon, _)| addon.as_str())
        .collect()
}

fn refusal(spec: &Value) -> String {
    addons(spec).expect_err("cannot be").to_string()
}

#[test]
fn an_addon_that_is_mentioned_is_on_unless_it_says_otherwise() {
    let spec = json!({ "addons": { "kiali": {}, "loki": { "enabled": false }, "zipkin": { "enabled": true } } });
    assert_eq!(names(&spec), ["zipkin", "kiali"]);
}

#[test]
fn what_is_said_wins_over_the_profile() {
    let demo = |addons: Value| names(&json!({ "profile": "demo", "addons": addons }));
    assert_eq!(
        demo(json!({})),
        ["prometheus", "jaeger", "grafana", "kiali"]
    );
    let zipkin = json!({ "jaeger": { "enabled": false }, "zipkin": {} });
    assert_eq!(demo(zipkin), ["prometheus", "zipkin", "grafana", "kiali"]);
}

#[test]
fn only_one_store_of_traces_can_be() {
    let both = json!({ "addons": { "jaeger": {}, "zipkin": {} } });
    assert_eq!(
        refusal(&both),
        "spec.addons.zipkin: jaeger is enabled too, and both have a Service zipkin; set spec.addons.jaeger.enabled or spec.addons.zipkin.enabled to false"
    );
}

#[test]
fn a_gateway_cannot_have_an_addons_name_in_its_namespace() {
    let gateway = |namespace: &str| {
        json!({
            "addons": { "jaeger": {} },
            "components": { "ingressGateways": [{ "name": "tracing", "namespace": namespace }] },
        })
    };
    let said = refusal(&gateway("istio-system"));
    assert!(
        said.starts_with("spec.addons.jaeger: there is a gateway tracing"),
        "{said}"
    );
    assert_eq!(names(&gateway("edge")), ["jaeger"]);
}

#[test]
fn images_are_those_of_the_version_wherever_istios_come_from() {
    let image = |version: &str| {
        let spec = json!({ "version": version, "hub": "mirror.example/istio", "addons": { "jaeger": {} } });
        addons(&spec).expect("resolves").remove(0).1
    };
    assert_eq!(
        image("1.28.10"),
        "docker.io/jaegertracing/all-in-one:1.70.0"
    );
    assert_eq!(image("1.31.0"), "docker.io/jaegertracing/jaeger:2.17.0");
}

#[test]
fn a_profile_that_is_written_out_says_which_addons_are_on() {
    let spec = parse_spec(&json!({ "profile": "demo", "addons": { "loki": {} } })).expect("valid");
    let written = profile::written_out("mesh", &spec).expect("resolves");
    let enabled = |name: &str| written["spec"]["addons"][name]["enabled"].clone();
    assert_eq!(
        (enabled("loki"), enabled("kiali"), enabled("zipkin")),
        (json!(true), json!(true), json!(false))
    );
    assert_eq!(
        names(&written["spec"]),
        ["prometheus", "loki", "jaeger", "grafana", "kiali"]
    );
}
