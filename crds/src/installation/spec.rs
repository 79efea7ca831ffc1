//! What a user writes: the spec of a `MeshInstallation`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_derive::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Addons, Components, DeletionPolicy, Drift, MeshInstallationStatus, Tag, Upgrade};
use crate::meta::DEFAULT_NAMESPACE;
use crate::schema::{self, FreeObject};

/// Which Istio mesh is wanted. The fields up to `values` mean what they mean in an
/// `IstioOperator`; the others are Mainsheet's own.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "mainsheet.dev",
    version = "v1alpha1",
    kind = "MeshInstallation",
    plural = "meshinstallations",
    shortname = "mi",
    category = "mainsheet",
    status = "MeshInstallationStatus",
    doc = "An Istio mesh that Mainsheet installs, keeps as wanted, upgrades and removes.",
    derive = "PartialEq",
    crates(kube_core = "::kube_core"),
    selectable = ".spec.profile",
    selectable = ".spec.version",
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version"),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.revision"),
    printcolumn(name = "Profile", type_ = "string", json_path = ".spec.profile"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(
    crates(kube_core = "::kube_core"),
    validation = Rule::new("(has(self.__namespace__) ? self.__namespace__ : 'istio-system') == (has(oldSelf.__namespace__) ? oldSelf.__namespace__ : 'istio-system')")
        .message("spec.namespace: cannot be changed; delete this MeshInstallation and create another"),
    validation = Rule::new("(has(self.revision) ? self.revision : 'default') == (has(oldSelf.revision) ? oldSelf.revision : 'default')")
        .message("spec.revision: cannot be changed, since namespaces and pods name it; create another MeshInstallation with the new revision")
)]
#[serde(rename_all = "camelCase")]
pub struct MeshInstallationSpec {
    /// Istio version: exact (`1.30.3`), or a channel (`1.30`: its newest bundled patch). Absent:
    /// the newest bundled version at the first install, and then kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 64),
        regex(pattern = r"^[0-9]+\.[0-9]+(\.[0-9]+(-[0-9A-Za-z.-]+)?)?$")
    )]
    pub version: Option<String>,

    /// The set of components and values to start from; `default` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,

    /// Registry and path that every image comes from, such as `docker.io/istio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9._:/\[\]-]*[A-Za-z0-9])?$")
    )]
    pub hub: Option<String>,

    /// Tag of every image, when it is not that of `version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::int_or_string")]
    pub tag: Option<IntOrString>,

    /// Istio revision of the control plane: a DNS label. Absent: un-revisioned (`default`).
    /// Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 56),
        regex(pattern = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$")
    )]
    pub revision: Option<String>,

    /// Namespace of the control plane; `istio-system` when absent. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,

    /// Keep Istio's defaults as they were in this minor version, such as `1.29`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), regex(pattern = r"^([0-9]+\.[0-9]+)?$"))]
    pub compatibility_version: Option<String>,

    /// Settings of the whole mesh, in the terms of Istio's `MeshConfig`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub mesh_config: Option<FreeObject>,

    /// What is installed, and the Kubernetes settings of each part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Components>,

    /// Values in the terms of Istio's charts. They win over every field above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub values: Option<FreeObject>,

    /// Observability tools to install beside the mesh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addons: Option<Addons>,

    /// Names that stand for a revision in namespace and pod labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub tags: Option<Vec<Tag>>,

    /// Freeze: nothing is written to the mesh while true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,

    /// What happens to what others add to Mainsheet's objects; `Exact` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,

    /// How a changed spec is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Upgrade>,

    /// What happens to the mesh when this resource is deleted; `IfUnused` when absent. CRDs, the
    /// namespace and users' Istio resources stay in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// The profiles of Istio, by istioctl's names.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Control plane and an ingress gateway, with settings for production.
    #[default]
    Default,
    /// Everything small and chatty, to try Istio out.
    Demo,
    /// The control plane alone.
    Minimal,
    /// What a cluster needs that is served by a control plane elsewhere.
    Remote,
    /// Nothing; a base for one's own.
    Empty,
    /// Default, with features under trial.
    Preview,
    /// Default, refusing APIs that are not stable.
    Stable,
    /// Sidecar-less: control plane, CNI and ztunnel.
    Ambient,
    /// Default, for OpenShift.
    Openshift,
    /// Ambient, for OpenShift.
    OpenshiftAmbient,
}

// === impl Profile ===

impl Profile {
    /// Every profile, in the order in which they are listed to users.
    pub const ALL: [Self; 10] = [
        Self::Default,
        Self::Demo,
        Self::Minimal,
        Self::Remote,
        Self::Empty,
        Self::Preview,
        Self::Stable,
        Self::Ambient,
        Self::Openshift,
        Self::OpenshiftAmbient,
    ];

    /// The name that users write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Demo => "demo",
            Self::Minimal => "minimal",
            Self::Remote => "remote",
            Self::Empty => "empty",
            Self::Preview => "preview",
            Self::Stable => "stable",
            Self::Ambient => "ambient",
            Self::Openshift => "openshift",
            Self::OpenshiftAmbient => "openshift-ambient",
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl MeshInstallationSpec ===

impl MeshInstallationSpec {
    /// Namespace of the control plane, with its default.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
    }

    /// Istio revision as given, or empty for an un-revisioned control plane. `default` means
    /// un-revisioned too, as it does for istioctl.
    pub fn revision(&self) -> &str {
        match self.revision.as_deref() {
            None | Some("default") => "",
            Some(revision) => revision,
        }
    }
}
