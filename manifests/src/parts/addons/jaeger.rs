//! Jaeger: takes traces by OTLP, Jaeger's and Zipkin's own protocols, and shows them.

use serde_json::{Value, json};

use super::workload::Workload;
use super::{Tool, file, tracing};
use crate::render::RenderError;

/// Istio's last minor version that comes with Jaeger 1, which is set up by its environment.
const LAST_WITH_V1: u32 = 28;

const PORTS: &[(&str, u16)] = &[
    ("http-query", 16686),
    ("grpc-query", 16685),
    ("http-zipkin", 9411),
    ("grpc-otlp", 4317),
    ("http-otlp", 4318),
    ("jaeger-grpc", 14250),
    ("jaeger-http", 14268),
];

pub(super) fn add(tool: &mut Tool<'_>) -> Result<(), RenderError> {
    let workload = if tool.mesh.minor <= LAST_WITH_V1 {
        version_1()
    } else {
        let text = tool.file("addons/jaeger", json!({}))?;
        let digest = tool.config("jaeger", file("config.yaml", text));
        version_2(digest)
    };
    tool.service(
        "tracing",
        false,
        &[("http-query", 80, 16686), ("grpc-query", 16685, 16685)],
    );
    tool.service("zipkin", false, &[("http-query", 9411, 9411)]);
    tool.service(
        "jaeger-collector",
        false,
        &[
            ("jaeger-collector-http", 14268, 14268),
            ("jaeger-collector-grpc", 14250, 14250),
            ("http-zipkin", 9411, 9411),
            ("grpc-otlp", 4317, 4317),
            ("http-otlp", 4318, 4318),
        ],
    );
    tool.workload(&workload);
    tracing::add(tool);
    Ok(())
}

fn version_2(digest: String) -> Workload {
    Workload {
        args: vec!["--config=/etc/jaeger/config.yaml".to_owned()],
        health: (13133, "/status"),
        alive: (13133, "/status"),
        metrics: Some((8888, "/metrics")),
        files: vec![("jaeger".to_owned(), "/etc/jaeger")],
        digest,
        ..common()
    }
}

fn version_1() -> Workload {
    let env: [(&str, &str); 7] = [
        ("COLLECTOR_OTLP_ENABLED", "true"),
        ("COLLECTOR_ZIPKIN_HOST_PORT", ":9411"),
        ("QUERY_BASE_PATH", "/jaeger"),
        ("SPAN_STORAGE_TYPE", "badger"),
        ("BADGER_EPHEMERAL", "false"),
        ("BADGER_DIRECTORY_KEY", "/data/keys"),
        ("BADGER_DIRECTORY_VALUE", "/data/values"),
    ];
    let digest = crate::digest::of(&Value::from_iter(env));
    Workload {
        env: env.map(|(name, value)| (name, value.to_owned())).to_vec(),
        digest,
        ..common()
    }
}

fn common() -> Workload {
    Workload {
        user: 10001,
        command: &[],
        args: Vec::new(),
        env: Vec::new(),
        ports: PORTS,
        health: (14269, "/"),
        alive: (14269, "/"),
        metrics: Some((14269, "/metrics")),
        resources: ("10m", "64Mi", "1Gi"),
        files: Vec::new(),
        scratch: &["/data", "/tmp"],
        disk: None,
        token: false,
        digest: String::new(),
    }
}
