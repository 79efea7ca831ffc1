//! Addons: what each consists of, how they are wired to each other and to the mesh, and that their
//! pods may do little.

#![allow(clippy::expect_used, reason = "helpers of tests")]

mod common;

use std::fmt::Write;

use common::{objects, rendered};
use mainsheet_manifests::{Manifests, Wave, to_yaml};
use mainsheet_profiles::catalogue::RELEASES;
use serde_json::{Value, json};

fn all(traces: &str) -> Value {
    json!({ "prometheus": {}, "grafana": {}, "kiali": {}, "loki": {}, traces: {} })
}

fn mesh(addons: &Value, more: &Value) -> Manifests {
    let mut spec = json!({ "version": "1.30.3", "addons": addons });
    mainsheet_profiles::merge::merge(&mut spec, more);
    rendered(&spec).expect("resolves")
}

fn find<'a>(manifests: &'a Manifests, kind: &str, name: &str) -> Option<&'a Value> {
    objects(manifests)
        .find(|(object, _)| object.id.kind.as_str() == kind && object.id.name == name)
        .map(|(_, body)| body)
}

/// A file of a ConfigMap, read as YAML.
fn file(manifests: &Manifests, config_map: &str, name: &str) -> Value {
    let body = find(manifests, "ConfigMap", config_map).expect(config_map);
    let text = body["data"][name].as_str().expect(name);
    serde_saphyr::from_str(text).expect("valid YAML")
}

/// Names of the providers that the mesh knows.
fn providers(manifests: &Manifests) -> Value {
    file(manifests, "istio", "mesh")["extensionProviders"].clone()
}

#[test]
fn addons_in_full() {
    let mut text = String::new();
    for addons in [all("jaeger"), json!({ "zipkin": {} })] {
        let manifests = mesh(&addons, &json!({}));
        let addons =
            objects(&manifests).filter(|(object, _)| object.component.starts_with("addon-"));
        for (object, body) in addons {
            let mut body = body.clone();
            if object.id.name == "grafana-dashboards" {
                let files = body["data"].as_object_mut().expect("files");
                files.values_mut().for_each(|file| *file = json!("…"));
            }
            let _ = write!(text, "---\n# {:?}\n{}", object.wave, to_yaml(&body));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn demo_comes_with_four_of_them_and_no_other_profile_with_any() {
    for profile in ["demo", "default", "ambient", "openshift", "empty", "remote"] {
        let manifests = rendered(&json!({ "profile": profile })).expect("resolves");
        let pods: Vec<&str> = objects(&manifests)
            .filter(|(object, body)| {
                object.wave == Wave::Addons && body["spec"]["template"].is_object()
            })
            .map(|(object, _)| object.id.name.as_str())
            .collect();
        let wanted: &[&str] = if profile == "demo" {
            &["grafana", "jaeger", "kiali", "prometheus"]
        } else {
            &[]
        };
        assert_eq!(pods, wanted, "{profile}");
    }
}

#[test]
fn pods_run_without_rights_and_without_a_sidecar_in_every_version() {
    for release in &RELEASES {
        let mut seen = 0;
        for traces in ["jaeger", "zipkin"] {
            let manifests = mesh(
                &all(traces),
                &json!({ "version": release.to_string(), "profile": "empty" }),
            );
            for (object, body) in objects(&manifests) {
                let pod = &body["spec"]["template"];
                if !pod.is_object() {
                    continue;
                }
                seen += 1;
                let name = format!("{release} {}", object.id);
                assert_eq!(
                    pod["metadata"]["labels"]["sidecar.istio.io/inject"], "false",
                    "{name}"
                );
                assert_eq!(
                    pod["spec"]["securityContext"]["runAsNonRoot"], true,
                    "{name}"
                );
                let container = &pod["spec"]["containers"][0];
                assert_eq!(
                    container["securityContext"],
                    json!({
                        "allowPrivilegeEscalation": false, "privileged": false,
                        "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
                    }),
                    "{name}"
                );
                let image = container["image"].as_str().expect("an image");
                assert!(
                    image.contains('/') && image.contains(':'),
                    "{name}: {image}"
                );
            }
        }
        assert_eq!(seen, 10, "{release}");
    }
}

#[test]
fn openshift_chooses_the_users_itself() {
    let manifests = mesh(&all("jaeger"), &json!({ "profile": "openshift" }));
    let pod =
        &find(&manifests, "Deployment", "prometheus").expect("prometheus")["spec"]["template"];
    let context = json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
    assert_eq!(pod["spec"]["securityContext"], context);
}

#[test]
fn grafana_reads_what_is_enabled() {
    let sources = |addons: Value| {
        let manifests = mesh(&addons, &json!({ "namespace": "sea" }));
        let file = file(&manifests, "grafana-datasources", "datasources.yaml");
        assert_eq!(file["apiVersion"], 1);
        let list = file["datasources"].as_array().cloned().unwrap_or_default();
        for source in &list {
            for key in ["name", "uid", "type", "access", "url"] {
                assert!(source[key].is_string(), "{source}: {key}");
            }
        }
        list.iter()
            .map(|source| format!("{} {}", source["type"], source["url"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sources(all("jaeger")),
        [
            "prometheus http://prometheus.sea:9090",
            "loki http://loki.sea:3100",
            "jaeger http://tracing.sea:80/jaeger",
        ]
    );
    assert_eq!(
        sources(json!({ "grafana": {}, "zipkin": {} })),
        ["zipkin http://zipkin.sea:9411"]
    );
    assert_eq!(sources(json!({ "grafana": {} })), [""; 0]);
}

#[test]
fn kiali_is_wired_to_what_is_enabled_and_may_change_nothing() {
    let settings = |addons: &Value| {
        let manifests = mesh(addons, &json!({ "namespace": "sea" }));
        file(&manifests, "kiali", "config.yaml")
    };
    let wired = settings(&all("jaeger"));
    let services = &wired["external_services"];
    assert_eq!(services["prometheus"]["url"], "http://prometheus.sea:9090");
    assert_eq!(
        services["grafana"]["internal_url"],
        "http://grafana.sea:3000"
    );
    assert_eq!(
        services["tracing"]["internal_url"],
        "http://tracing.sea:16685/jaeger"
    );
    assert_eq!(services["istio"]["root_namespace"], "sea");
    assert_eq!(wired["deployment"]["view_only_mode"], true);
    let key = wired["login_token"]["signing_key"].as_str().expect("a key");
    assert!([16, 24, 32].contains(&key.len()), "{key}");
    let alone = settings(&json!({ "kiali": {}, "zipkin": {} }));
    for service in ["prometheus", "grafana", "tracing"] {
        assert_eq!(services[service]["enabled"], true, "{service}");
        assert_eq!(
            alone["external_services"][service]["enabled"], false,
            "{service}"
        );
    }
    let manifests = mesh(&all("jaeger"), &json!({}));
    let role = find(&manifests, "ClusterRole", "istio-addon-kiali-istio-system").expect("role");
    for rule in role["rules"].as_array().expect("rules") {
        assert!(!rule["resources"].to_string().contains('*'), "{rule}");
        let reads = rule["verbs"] == json!(["get", "list", "watch"]);
        assert!(
            reads || rule["resources"] == json!(["pods/portforward"]),
            "{rule}"
        );
    }
}

#[test]
fn kiali_links_to_dashboards_that_exist() {
    let manifests = mesh(&all("jaeger"), &json!({}));
    let dashboards = &find(&manifests, "ConfigMap", "grafana-dashboards").expect("them")["data"];
    let titles: Vec<Value> = dashboards
        .as_object()
        .expect("files")
        .values()
        .filter_map(|file| serde_json::from_str::<Value>(file.as_str()?).ok())
        .map(|dashboard| dashboard["title"].clone())
        .collect();
    let kiali = file(&manifests, "kiali", "config.yaml");
    for link in kiali["external_services"]["grafana"]["dashboards"]
        .as_array()
        .expect("links")
    {
        assert!(titles.contains(&link["name"]), "{link} in {titles:?}");
    }
}

#[test]
fn traces_go_to_the_addon_that_takes_them() {
    for (addon, key, service, port) in [
        ("jaeger", "opentelemetry", "jaeger-collector", 4317),
        ("zipkin", "zipkin", "zipkin", 9411),
    ] {
        let manifests = mesh(&json!({ addon: {} }), &json!({ "namespace": "sea" }));
        let service = format!("{service}.sea.svc.cluster.local");
        let provider = json!({ "name": addon, key: { "service": service, "port": port } });
        assert_eq!(providers(&manifests), json!([provider]), "{addon}");
        let telemetry = find(&manifests, "Telemetry", &format!("tracing-{addon}")).expect(addon);
        assert_eq!(telemetry["metadata"]["namespace"], "sea");
        assert_eq!(
            telemetry["spec"],
            json!({ "tracing": [{ "providers": [{ "name": addon }] }] })
        );
    }
}

#[test]
fn providers_of_the_user_stay_and_one_of_the_profile_follows_the_namespace() {
    let own = json!([
        { "name": "mine", "zipkin": { "service": "z.mine", "port": 1 } },
        { "name": "jaeger", "zipkin": { "service": "j.mine", "port": 2 } },
    ]);
    let more = json!({ "meshConfig": { "extensionProviders": own } });
    assert_eq!(providers(&mesh(&json!({ "jaeger": {} }), &more)), own);
    let mesh = mesh(
        &json!({}),
        &json!({ "profile": "demo", "namespace": "sea" }),
    );
    let list = providers(&mesh);
    assert_eq!(list.as_array().map(Vec::len), Some(4));
    assert_eq!(
        list[3]["opentelemetry"]["service"],
        "jaeger-collector.sea.svc.cluster.local"
    );
}

#[test]
fn a_mesh_that_says_itself_where_traces_go_is_not_told_otherwise() {
    for settings in [
        json!({ "enableTracing": false }),
        json!({ "defaultProviders": { "tracing": ["mine"] } }),
        json!({ "defaultConfig": { "tracing": { "zipkin": { "address": "z.mine:9411" } } } }),
    ] {
        let manifests = mesh(&json!({ "jaeger": {} }), &json!({ "meshConfig": settings }));
        assert!(
            find(&manifests, "Telemetry", "tracing-jaeger").is_none(),
            "{settings}"
        );
        assert!(find(&manifests, "Deployment", "jaeger").is_some());
    }
    let sampling = json!({ "defaultConfig": { "tracing": { "sampling": 50 } } });
    let manifests = mesh(&json!({ "jaeger": {} }), &json!({ "meshConfig": sampling }));
    assert!(find(&manifests, "Telemetry", "tracing-jaeger").is_some());
}

#[test]
fn settings_and_overlays_reach_an_addon() {
    let path = "spec.template.spec.containers.[name:loki].image";
    let addons = json!({
        "jaeger": { "k8s": {
            "resources": { "limits": { "memory": "4Gi" } }, "service": { "type": "LoadBalancer" },
        }},
        "loki": { "k8s": { "overlays": [
            { "kind": "StatefulSet", "name": "loki", "patches": [{ "path": path, "value": "mirror/loki:1" }] },
        ]}},
    });
    let manifests = mesh(&addons, &json!({ "hub": "mirror.example/istio" }));
    let container = |kind: &str, name: &str| {
        find(&manifests, kind, name).expect(name)["spec"]["template"]["spec"]["containers"][0]
            .clone()
    };
    let jaeger = container("Deployment", "jaeger");
    assert_eq!(jaeger["resources"]["limits"]["memory"], "4Gi");
    assert_eq!(jaeger["image"], "docker.io/jaegertracing/jaeger:2.14.0");
    let tracing = find(&manifests, "Service", "tracing").expect("tracing");
    assert_eq!(tracing["spec"]["type"], "LoadBalancer");
    assert_eq!(container("StatefulSet", "loki")["image"], "mirror/loki:1");
}

#[test]
fn another_configuration_restarts_the_pods_that_read_it() {
    let digest = |addons: Value| {
        let manifests = mesh(&addons, &json!({}));
        let pod = &find(&manifests, "Deployment", "kiali").expect("kiali")["spec"]["template"];
        pod["metadata"]["annotations"]["mainsheet.dev/config"].clone()
    };
    let alone = digest(json!({ "kiali": {} }));
    assert!(alone.is_string());
    assert_ne!(alone, digest(json!({ "kiali": {}, "prometheus": {} })));
}
