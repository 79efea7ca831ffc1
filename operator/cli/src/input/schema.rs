//! The schema that the API server has for a spec, as far as `--set` asks it: which fields hold
//! text even where it looks like a number.

use std::sync::LazyLock;

use mainsheet_crds::{CustomResourceExt, MeshInstallation};
use serde_json::Value;

/// The schema of one field, as it stands in the CRD.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema(&'static Value);

// === impl Schema ===

impl Schema {
    /// The schema of `spec`.
    pub(super) fn of_spec() -> Self {
        static ROOT: LazyLock<Value> = LazyLock::new(|| {
            let crd = MeshInstallation::crd();
            let version = crd.spec.versions.into_iter().next();
            let schema = version.and_then(|version| version.schema?.open_api_v3_schema);
            serde_json::to_value(schema).unwrap_or_default()
        });
        Self(&ROOT["properties"]["spec"])
    }

    /// The schema of a field, where the schema says anything about it.
    pub(super) fn field(self, key: &str) -> Option<Self> {
        let known = self.0["properties"].get(key);
        known
            .or_else(|| self.0.get("additionalProperties"))
            .map(Self)
    }

    /// The schema of an element.
    pub(super) fn element(self) -> Option<Self> {
        self.0.get("items").map(Self)
    }

    /// Whether the field holds text even where it looks like a number.
    pub(super) fn is_text(self) -> bool {
        self.0["type"] == "string" || self.0["x-kubernetes-int-or-string"] == true
    }
}
