//! `MeshRevision`: an immutable record of one resolved mesh, as a `ReplicaSet` is of a
//! `Deployment`. Rolling back is applying an older record again, to the letter.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube_derive::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{self, FreeObject};

/// What was resolved from a `MeshInstallation` at one time. Cannot be changed.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "mainsheet.dev",
    version = "v1alpha1",
    kind = "MeshRevision",
    plural = "meshrevisions",
    shortname = "mrev",
    category = "mainsheet",
    status = "MeshRevisionStatus",
    doc = "An immutable record of one resolved mesh. Written by the operator; not for editing.",
    derive = "PartialEq",
    crates(kube_core = "::kube_core"),
    selectable = ".spec.installation",
    printcolumn(
        name = "Installation",
        type_ = "string",
        json_path = ".spec.installation"
    ),
    printcolumn(name = "Version", type_ = "string", json_path = ".spec.version"),
    printcolumn(name = "Revision", type_ = "string", json_path = ".spec.istioRevision"),
    printcolumn(name = "Profile", type_ = "string", json_path = ".spec.profile"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(crates(kube_core = "::kube_core"), validation = Rule::new("self == oldSelf").message("spec: a MeshRevision is a record and cannot be changed; edit its MeshInstallation"))]
#[serde(rename_all = "camelCase")]
pub struct MeshRevisionSpec {
    /// The `MeshInstallation` that this was resolved from.
    pub installation: String,
    /// Istio version, exact.
    pub version: String,
    /// Istio revision of the control plane (`default` when un-revisioned).
    pub istio_revision: String,
    /// The profile that it started from.
    pub profile: String,
    /// Digest of `resolved`; the name of the record ends in its beginning.
    pub hash: String,
    /// Digest of what the spec asked for before the control plane got an Istio revision of its
    /// own; absent when that is `hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<String>,
    /// Everything that rendering reads.
    #[schemars(schema_with = "schema::free_object")]
    pub resolved: FreeObject,
}

/// What a record is to its mesh now. A new record is a candidate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("default" = {"state": "Candidate"}))]
#[serde(rename_all = "camelCase")]
pub struct MeshRevisionStatus {
    /// What the record is to its mesh now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RevisionState>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Since when nothing uses it, for one that retires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_since: Option<Time>,
    /// Why it was undone. A record with this is not tried again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What a record is to its mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RevisionState {
    /// What the mesh runs, once it was ready.
    Active,
    /// What is coming up.
    #[default]
    Candidate,
    /// What still runs until nothing uses it.
    Retiring,
    /// What ran once; kept to go back to.
    Superseded,
}
