//! Addons as the operator installs them, and their configuration as a real Prometheus takes it: it
//! loads the file, finds what is to be scraped in the cluster, and parses every expression of the
//! dashboards.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use hack::poll;
use hack::tools::{Tool, ensure_prometheus};
use mainsheet_e2e::{DEADLINE, Prometheus, World, condition, encoded, identities};
use serde_json::Value;

const MESH: &str = "{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, \
    spec: {profile: demo, deletionPolicy: Cascade}}";
const OWNED: &str = "deployments,services,configmaps,telemetries,clusterroles,clusterrolebindings";

#[test]
fn addons_come_up_are_scraped_and_go_again() -> Result<()> {
    let world = World::new("addons")?;
    let operator = world.start_operator()?;
    world.apply(MESH)?;
    let ready = world.wait_ready("mesh")?;
    let addons = condition(&ready, "AddonsReady").context("no condition AddonsReady")?;
    assert_eq!(addons["status"], "True", "{addons}");

    let prometheus = Installed::start(&world)?;
    // The local API server does not make itself the endpoint of the service `kubernetes`, so there is
    // no target of that job here.
    prometheus.finds(&[
        ("kubernetes-nodes", "/metrics"),
        ("kubernetes-nodes-cadvisor", "/metrics/cadvisor"),
        ("istiod", ":15014/metrics"),
        ("kubernetes-pods", ":3000/metrics"),
        ("kubernetes-pods", ":15020/stats/prometheus"),
    ])?;
    prometheus.parses_every_expression(&world)?;

    world.apply(&MESH.replace("profile: demo", "profile: demo, addons: {grafana: {enabled: false}, jaeger: {enabled: false}, kiali: {enabled: false}, prometheus: {enabled: false}}"))?;
    world.wait("mesh", "the addons to be gone", |mi| {
        condition(mi, "AddonsReady").is_none() && mainsheet_e2e::is_ready(mi)
    })?;
    let left = identities(&world.json(&[
        "get",
        OWNED,
        "-A",
        "-l",
        "app.kubernetes.io/managed-by=mainsheet",
    ])?);
    for name in ["grafana", "jaeger", "kiali", "prometheus", "tracing"] {
        let found: Vec<_> = left.iter().filter(|id| id.contains(name)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
    operator.stop()
}

/// A Prometheus with the configuration that was installed.
struct Installed(Prometheus);

impl Installed {
    fn start(world: &World) -> Result<Self> {
        let installed = world.json(&["get", "configmap", "prometheus", "-n", "istio-system"])?;
        let text = installed["data"]["prometheus.yml"]
            .as_str()
            .context("no configuration")?;
        let path = world.cluster().dir().join("installed.yml");
        std::fs::write(&path, text)?;
        let check = Command::new(ensure_prometheus(Tool::Promtool)?)
            .args(["check", "config", "--syntax-only"])
            .arg(&path)
            .output()?;
        ensure!(
            check.status.success(),
            "{}",
            String::from_utf8_lossy(&check.stderr)
        );
        Prometheus::start(world, &outside(world, text)).map(Self)
    }

    /// Waits until each job has a target whose address holds the text.
    fn finds(&self, wanted: &[(&str, &str)]) -> Result<()> {
        let mut found = Vec::new();
        let result = poll::until("every target to be found", DEADLINE, || {
            let answer = self.0.ask("/api/v1/targets?state=active")?;
            let targets = answer["data"]["activeTargets"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            found = targets
                .iter()
                .map(|target| {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    (text(&target["labels"]["job"]), text(&target["scrapeUrl"]))
                })
                .collect::<Vec<_>>();
            let is_found = |(job, address): &(&str, &str)| {
                found
                    .iter()
                    .any(|(of, url)| of == job && url.contains(address))
            };
            Ok(wanted.iter().all(is_found).then_some(()))
        });
        result.with_context(|| format!("found {found:#?}\n{}", self.0.log_tail()))
    }

    /// Every expression of every dashboard is one.
    fn parses_every_expression(&self, world: &World) -> Result<()> {
        let dashboards = world.json(&[
            "get",
            "configmap",
            "grafana-dashboards",
            "-n",
            "istio-system",
        ])?;
        let mut parsed = 0;
        for (file, text) in dashboards["data"].as_object().context("no dashboards")? {
            let dashboard: Value = serde_json::from_str(text.as_str().context("no text")?)?;
            let panels = dashboard["panels"].as_array().into_iter().flatten();
            for query in panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
            {
                let expression = query["expr"]
                    .as_str()
                    .with_context(|| format!("{file}: {query}"))?;
                let plain = expression.replace("$__rate_interval", "5m");
                self.0
                    .ask(&format!("/api/v1/format_query?query={}", encoded(&plain)))
                    .with_context(|| format!("{file}: {expression}"))?;
                parsed += 1;
            }
        }
        ensure!(parsed > 80, "only {parsed} expressions");
        Ok(())
    }
}

/// The configuration for a Prometheus that is in no pod: it asks as the cluster's administrator, and
/// has no token to send to what it scrapes.
fn outside(world: &World, text: &str) -> String {
    let mut text = text.replace(
        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
        &world.cluster().ca().display().to_string(),
    );
    text = text.replace(
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        &world.cluster().ca().display().to_string(),
    );
    for role in ["node", "pod", "endpointslice"] {
        let line = format!("  - role: {role}\n");
        let more = format!(
            "{line}    kubeconfig_file: {}\n",
            world.cluster().kubeconfig().display()
        );
        text = text.replace(&line, &more);
    }
    text
}
