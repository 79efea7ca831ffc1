//! Zipkin: takes traces and shows them, out of memory.

use super::workload::Workload;
use super::{Tool, tracing};

pub(super) fn add(tool: &mut Tool<'_>) {
    tool.service("tracing", false, &[("http-query", 80, 9411)]);
    tool.service("zipkin", false, &[("http-query", 9411, 9411)]);
    tool.workload(&Workload {
        user: 1000,
        command: &[],
        args: Vec::new(),
        env: vec![
            ("STORAGE_TYPE", "mem".to_owned()),
            ("JAVA_OPTS", "-Xms128m -Xmx512m".to_owned()),
        ],
        ports: &[("http", 9411)],
        health: (9411, "/health"),
        alive: (9411, "/info"),
        metrics: Some((9411, "/prometheus")),
        resources: ("20m", "256Mi", "1Gi"),
        files: Vec::new(),
        scratch: &["/tmp"],
        disk: None,
        token: false,
        digest: String::new(),
    });
    tracing::add(tool);
}
