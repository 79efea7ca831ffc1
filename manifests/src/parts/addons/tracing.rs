//! How traces come to flow: a mesh-wide `Telemetry` that names the provider which resolving made.
//! How many of them is left to the mesh's own settings.

use serde_json::{Value, json};

use super::Tool;
use crate::Wave;
use crate::draft::Draft;
use crate::mesh::{Mesh, first};

/// Ways in which `meshConfig.defaultConfig.tracing` names a place for traces.
const OLDER_WAYS: [&str; 5] = [
    "zipkin",
    "lightstep",
    "datadog",
    "stackdriver",
    "openCensusAgent",
];

/// Adds the `Telemetry`, unless the mesh's settings say otherwise where traces go.
pub(super) fn add(tool: &mut Tool<'_>) {
    let mesh = tool.mesh;
    if !mesh.namespace_scope() || is_said_otherwise(mesh) {
        return;
    }
    let root = first(&[
        mesh.get("meshConfig.rootNamespace"),
        mesh.get("global.istioNamespace"),
    ]);
    let view = json!({
        "name": format!("tracing-{}", tool.name()),
        "namespace": root,
        "provider": tool.name(),
    });
    tool.drafts
        .push(Draft::new(Wave::Addons, "addons/telemetry", view));
}

fn is_said_otherwise(mesh: &Mesh<'_>) -> bool {
    let is_off = mesh.get("meshConfig.enableTracing") == &Value::Bool(false);
    let older = mesh.get("meshConfig.defaultConfig.tracing");
    is_off
        || mesh.is("meshConfig.defaultProviders.tracing")
        || OLDER_WAYS.iter().any(|way| older.get(way).is_some())
        || OLDER_WAYS.contains(&mesh.text("global.proxy.tracer"))
}
