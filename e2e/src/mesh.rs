//! MeshInstallations as they are applied.

use serde_json::{Value, json};

/// A `MeshInstallation` with this spec, as a document.
pub fn installation(name: &str, spec: &Value) -> String {
    json!({
        "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
        "metadata": {"name": name}, "spec": spec,
    })
    .to_string()
}
