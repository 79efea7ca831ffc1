//! Prometheus: scrapes the mesh, the cluster and the operator.
//!
//! Nothing reloads its configuration while it runs: a changed one restarts it, so that nobody needs
//! the endpoint by which it could be stopped.

use serde_json::json;

use super::workload::Workload;
use super::{Tool, file};
use crate::parts::rights::{READ, rule};
use crate::render::RenderError;

pub(super) fn add(tool: &mut Tool<'_>) -> Result<(), RenderError> {
    let text = tool.file("addons/prometheus", json!({}))?;
    let digest = tool.config("prometheus", file("prometheus.yml", text));
    tool.grant(vec![
        rule(&[""], &["nodes", "services", "pods"], &READ),
        // The kubelets' own metrics; `nodes/proxy` would let it run commands in any pod.
        rule(&[""], &["nodes/metrics"], &["get"]),
        rule(&["discovery.k8s.io"], &["endpointslices"], &READ),
        json!({ "nonResourceURLs": ["/metrics"], "verbs": ["get"] }),
    ]);
    tool.service("prometheus", false, &[("http", 9090, 9090)]);
    tool.workload(&Workload {
        user: 65534,
        command: &[],
        args: [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/data",
            "--storage.tsdb.retention.time=15d",
        ]
        .map(str::to_owned)
        .to_vec(),
        env: Vec::new(),
        ports: &[("http", 9090)],
        health: (9090, "/-/ready"),
        alive: (9090, "/-/healthy"),
        // It scrapes itself by a job of its own.
        metrics: None,
        resources: ("100m", "256Mi", "2Gi"),
        files: vec![("prometheus".to_owned(), "/etc/prometheus")],
        scratch: &["/data"],
        disk: None,
        token: true,
        digest,
    });
    Ok(())
}
