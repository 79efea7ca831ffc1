//! Grafana: shows our dashboards, over whatever other addons there are. Whoever reaches it may
//! look; nobody has a password.

use mainsheet_profiles::Addon;
use serde_json::{Map, Value, json};

use super::workload::Workload;
use super::{Tool, file};
use crate::render::RenderError;

/// Our dashboards: file and text. A test makes them and guards them.
pub(super) const DASHBOARDS: [(&str, &str); 6] = [
    (
        "mesh.json",
        include_str!("../../../generated/dashboards/mesh.json"),
    ),
    (
        "service.json",
        include_str!("../../../generated/dashboards/service.json"),
    ),
    (
        "workload.json",
        include_str!("../../../generated/dashboards/workload.json"),
    ),
    (
        "control-plane.json",
        include_str!("../../../generated/dashboards/control-plane.json"),
    ),
    (
        "ztunnel.json",
        include_str!("../../../generated/dashboards/ztunnel.json"),
    ),
    (
        "operator.json",
        include_str!("../../../generated/dashboards/operator.json"),
    ),
];

const FOLDER: &str = "/etc/grafana/dashboards";

pub(super) fn add(tool: &mut Tool<'_>) -> Result<(), RenderError> {
    let sources = json!({
        "prometheus": tool.address(Addon::Prometheus, "prometheus", 9090),
        "loki": tool.address(Addon::Loki, "loki", 3100),
        "jaeger": tool.address(Addon::Jaeger, "tracing", 80).map(|address| address + "/jaeger"),
        "zipkin": tool.address(Addon::Zipkin, "zipkin", 9411),
    });
    let sources = tool.file("addons/grafana-datasources", sources)?;
    let providers = tool.file("addons/grafana-providers", json!({ "path": FOLDER }))?;
    let sources = tool.config("grafana-datasources", file("datasources.yaml", sources));
    let providers = tool.config("grafana-providers", file("providers.yaml", providers));
    // Grafana reads changed dashboards while it runs: they are not in the digest.
    let dashboards: Map<String, Value> = DASHBOARDS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).into()))
        .collect();
    tool.config("grafana-dashboards", dashboards);
    tool.service("grafana", false, &[("http", 3000, 3000)]);
    tool.workload(&workload(sources + &providers));
    Ok(())
}

fn workload(digest: String) -> Workload {
    let env: [(&str, &str); 8] = [
        ("GF_AUTH_ANONYMOUS_ENABLED", "true"),
        ("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer"),
        ("GF_AUTH_BASIC_ENABLED", "false"),
        ("GF_AUTH_DISABLE_LOGIN_FORM", "true"),
        // Else there is an administrator with a known password.
        ("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true"),
        ("GF_ANALYTICS_REPORTING_ENABLED", "false"),
        ("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
        // Plugins would be fetched at every start.
        ("GF_PLUGINS_PREINSTALL_DISABLED", "true"),
    ];
    Workload {
        user: 472,
        command: &[],
        args: Vec::new(),
        env: env.map(|(name, value)| (name, value.to_owned())).to_vec(),
        ports: &[("http", 3000)],
        health: (3000, "/api/health"),
        alive: (3000, "/api/health"),
        metrics: Some((3000, "/metrics")),
        resources: ("20m", "96Mi", "512Mi"),
        files: vec![
            (
                "grafana-datasources".to_owned(),
                "/etc/grafana/provisioning/datasources",
            ),
            (
                "grafana-providers".to_owned(),
                "/etc/grafana/provisioning/dashboards",
            ),
            ("grafana-dashboards".to_owned(), FOLDER),
        ],
        scratch: &["/var/lib/grafana", "/var/log/grafana", "/tmp"],
        disk: None,
        token: false,
        digest,
    }
}
