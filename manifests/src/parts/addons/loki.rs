//! Loki: one process with one disk. What sends logs to it is the user's choice.

use serde_json::json;

use super::workload::Workload;
use super::{Tool, file};
use crate::render::RenderError;

pub(super) fn add(tool: &mut Tool<'_>) -> Result<(), RenderError> {
    let text = tool.file("addons/loki", json!({}))?;
    let digest = tool.config("loki", file("config.yaml", text));
    tool.service("loki", false, &[("http", 3100, 3100), ("grpc", 9095, 9095)]);
    tool.service("loki-headless", true, &[("http", 3100, 3100)]);
    tool.workload(&Workload {
        user: 10001,
        command: &[],
        args: ["-config.file=/etc/loki/config.yaml", "-target=all"]
            .map(str::to_owned)
            .to_vec(),
        env: Vec::new(),
        ports: &[("http", 3100), ("grpc", 9095)],
        health: (3100, "/ready"),
        // It says 503 to `/ready` while it replays its log, which is no reason to end it.
        alive: (3100, "/metrics"),
        metrics: Some((3100, "/metrics")),
        resources: ("50m", "128Mi", "1Gi"),
        files: vec![("loki".to_owned(), "/etc/loki")],
        scratch: &["/tmp"],
        disk: Some(("10Gi", "/data")),
        token: false,
        digest,
    });
    Ok(())
}
