//! [`Resolved`]: all that rendering reads, and nothing else; stored whole in a `MeshRevision`.

use std::collections::BTreeMap;

use mainsheet_crds::installation::{KubernetesSettings, Profile};
use mainsheet_crds::meta::DEFAULT_REVISION;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::addon::Addon;

/// One mesh, decided in every detail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// Name of the `MeshInstallation`.
    pub installation: String,
    /// Istio version, exact.
    pub version: String,
    /// Istio revision; empty when un-revisioned.
    pub revision: String,
    /// Namespace of the control plane.
    pub namespace: String,
    /// Profile that it started from.
    pub profile: Profile,
    /// What is installed, in the order of [`ComponentKind`] and of the spec's lists.
    pub components: Vec<Component>,
    /// Values of every layer, merged.
    pub values: Map<String, Value>,
}

/// One installed part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Which part.
    pub kind: ComponentKind,
    /// Name of a gateway or an addon; for other parts that of its kind.
    pub name: String,
    /// Namespace of its objects.
    pub namespace: String,
    /// Labels of a gateway's pods, over those that its kind has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub label: BTreeMap<String, String>,
    /// Tag of its image, when it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Image of an addon, as a whole reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Kubernetes settings, laid over its objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k8s: Option<KubernetesSettings>,
}

/// The kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ComponentKind {
    /// CRDs and what control planes share.
    Base,
    /// istiod.
    Pilot,
    /// istio-cni.
    Cni,
    /// ztunnel.
    Ztunnel,
    /// An ingress gateway.
    Ingress,
    /// An egress gateway.
    Egress,
    /// An observability tool.
    Addon(Addon),
}

// === impl Resolved ===

impl Resolved {
    /// The Istio revision as labels name it: `default` when un-revisioned.
    pub fn istio_revision(&self) -> &str {
        if self.revision.is_empty() {
            DEFAULT_REVISION
        } else {
            &self.revision
        }
    }

    /// `30` for Istio 1.30.3. A record of a version that is not bundled any more keeps its number.
    pub fn minor(&self) -> u32 {
        self.version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse().ok())
            .unwrap_or_default()
    }

    /// Digest of everything in here: SHA-256, in hexadecimal. It names records and plans, and a
    /// plan is approved by it, so two meshes must never share one: hence no short hash.
    pub fn hash(&self) -> String {
        use std::fmt::Write;

        // Through `Value`, whose keys are sorted: fields may be reordered without a new digest.
        let canonical = serde_json::to_value(self).map(|value| value.to_string());
        let digest = Sha256::digest(canonical.unwrap_or_default());
        digest
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

// === impl Component ===

impl Component {
    /// Value of the label `mainsheet.dev/component`.
    pub fn label_value(&self) -> String {
        match self.kind {
            ComponentKind::Ingress | ComponentKind::Egress => {
                format!("{}-{}", self.kind.as_str(), self.name)
            }
            ComponentKind::Base
            | ComponentKind::Pilot
            | ComponentKind::Cni
            | ComponentKind::Ztunnel
            | ComponentKind::Addon(_) => self.kind.as_str().to_owned(),
        }
    }
}

// === impl ComponentKind ===

impl ComponentKind {
    /// The kind in labels and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Pilot => "pilot",
            Self::Cni => "cni",
            Self::Ztunnel => "ztunnel",
            Self::Ingress => "ingress",
            Self::Egress => "egress",
            Self::Addon(addon) => addon.component(),
        }
    }
}
