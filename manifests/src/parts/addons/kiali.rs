//! Kiali: shows the mesh as a graph. Whoever reaches it may look; it may change nothing, so the
//! operator need not hold rights to change users' Istio resources to grant them.

use mainsheet_profiles::Addon;
use serde_json::{Value, json};

use super::workload::Workload;
use super::{Tool, file};
use crate::mesh::first;
use crate::parts::rights::{READ, rule};
use crate::render::RenderError;

/// Dashboards that Kiali links to, with the variables that it fills.
const LINKS: [(&str, &str, &str); 2] = [
    ("Istio service", "service", "var-service"),
    ("Istio workload", "workload", "var-workload"),
];

pub(super) fn add(tool: &mut Tool<'_>) -> Result<(), RenderError> {
    let text = tool.file("addons/kiali", settings(tool))?;
    let digest = tool.config("kiali", file("config.yaml", text));
    tool.grant(rights());
    tool.service(
        "kiali",
        false,
        &[("http", 20001, 20001), ("http-metrics", 9090, 9090)],
    );
    tool.workload(&Workload {
        user: 1000,
        command: &["/opt/kiali/kiali"],
        args: vec![
            "-config".to_owned(),
            "/kiali-configuration/config.yaml".to_owned(),
        ],
        env: vec![
            ("ACTIVE_NAMESPACE", tool.namespace().to_owned()),
            ("LOG_FORMAT", "text".to_owned()),
            ("LOG_LEVEL", "info".to_owned()),
        ],
        ports: &[("api-port", 20001), ("http-metrics", 9090)],
        health: (20001, "/kiali/healthz"),
        alive: (20001, "/kiali/healthz"),
        metrics: Some((9090, "/metrics")),
        resources: ("10m", "64Mi", "1Gi"),
        files: vec![("kiali".to_owned(), "/kiali-configuration")],
        scratch: &["/tmp"],
        disk: None,
        token: true,
        digest,
    });
    Ok(())
}

fn settings(tool: &Tool<'_>) -> Value {
    let mesh = tool.mesh;
    let service = |address: Option<String>| json!({ "enabled": address.is_some(), "url": address.unwrap_or_default() });
    let root = first(&[
        mesh.get("meshConfig.rootNamespace"),
        mesh.get("global.istioNamespace"),
    ]);
    let links = LINKS.map(|(name, kind, variable)| {
        json!({ "name": name, "variables": { "namespace": "var-namespace", kind: variable } })
    });
    json!({
        "namespace": tool.namespace(),
        "rootNamespace": root,
        "grafana": service(tool.address(Addon::Grafana, "grafana", 3000)),
        "dashboards": links,
        "prometheus": service(tool.address(Addon::Prometheus, "prometheus", 9090)),
        // Kiali reads no other store of traces.
        "tracing": service(tool.address(Addon::Jaeger, "tracing", 16685).map(|address| address + "/jaeger")),
        "signingKey": signing_key(tool),
    })
}

/// Kiali wants a key of 32 characters for its sessions. Without logins there are none, so it guards
/// nothing and need not be secret.
fn signing_key(tool: &Tool<'_>) -> String {
    let half = crate::digest::of(&tool.namespace());
    let other = crate::digest::of(&half);
    half + &other
}

fn rights() -> Vec<Value> {
    vec![
        rule(
            &[""],
            &[
                "configmaps",
                "endpoints",
                "namespaces",
                "pods",
                "pods/log",
                "replicationcontrollers",
                "services",
            ],
            &READ,
        ),
        // The configuration of proxies and of istiod is read through the API server.
        rule(&[""], &["pods/portforward"], &["create"]),
        rule(
            &["apps"],
            &["daemonsets", "deployments", "replicasets", "statefulsets"],
            &READ,
        ),
        rule(&["batch"], &["cronjobs", "jobs"], &READ),
        rule(&["discovery.k8s.io"], &["endpointslices"], &READ),
        rule(
            &["admissionregistration.k8s.io"],
            &["mutatingwebhookconfigurations"],
            &READ,
        ),
        rule(
            &["networking.istio.io"],
            &[
                "destinationrules",
                "envoyfilters",
                "gateways",
                "proxyconfigs",
                "serviceentries",
                "sidecars",
                "virtualservices",
                "workloadentries",
                "workloadgroups",
            ],
            &READ,
        ),
        rule(
            &["security.istio.io"],
            &[
                "authorizationpolicies",
                "peerauthentications",
                "requestauthentications",
            ],
            &READ,
        ),
        rule(
            &["extensions.istio.io"],
            &["trafficextensions", "wasmplugins"],
            &READ,
        ),
        rule(&["telemetry.istio.io"], &["telemetries"], &READ),
        rule(
            &["gateway.networking.k8s.io"],
            &[
                "backendtlspolicies",
                "gatewayclasses",
                "gateways",
                "grpcroutes",
                "httproutes",
                "listenersets",
                "referencegrants",
                "tcproutes",
                "tlsroutes",
                "udproutes",
            ],
            &READ,
        ),
        rule(&["inference.networking.k8s.io"], &["inferencepools"], &READ),
    ]
}
