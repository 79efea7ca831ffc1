//! What a bug report consists of.

use mainsheet_manifests::Kind;

/// A part of a bug report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The wishes, with what became of them.
    Installations,
    /// What has been applied, record by record.
    Records,
    /// The objects of a kind that Mainsheet made.
    Objects(Kind),
    /// Who else has a say when pods are made.
    MutatingWebhooks,
    /// Who else has a say when objects are applied.
    ValidatingWebhooks,
    /// Namespaces by name and labels.
    Namespaces,
    /// Nodes by version and readiness.
    Nodes,
    /// What Kubernetes has noted lately.
    Events,
    /// The pods of the control plane and of the operator.
    Pods,
    /// What they have logged.
    Logs,
}

impl Part {
    /// All of them, in the order in which they are collected.
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Installations, Self::Records];
        all.extend(Kind::ALL.iter().map(|kind| Self::Objects(*kind)));
        all.extend([
            Self::MutatingWebhooks,
            Self::ValidatingWebhooks,
            Self::Namespaces,
            Self::Nodes,
            Self::Events,
            Self::Pods,
            Self::Logs,
        ]);
        all
    }

    /// Where in the archive it is.
    pub(super) fn path(self) -> String {
        let path = match self {
            Self::Installations => "meshinstallations.yaml",
            Self::Records => "meshrevisions.yaml",
            Self::Objects(kind) => return format!("objects/{}.yaml", kind.plural()),
            Self::MutatingWebhooks => "mutatingwebhookconfigurations.yaml",
            Self::ValidatingWebhooks => "validatingwebhookconfigurations.yaml",
            Self::Namespaces => "namespaces.yaml",
            Self::Nodes => "nodes.yaml",
            Self::Events => "events.yaml",
            Self::Pods => "pods.yaml",
            Self::Logs => "logs/NAMESPACE/POD.log",
        };
        path.to_owned()
    }

    /// What it is, in words.
    pub(super) fn what(self) -> String {
        let what = match self {
            Self::Installations => "MeshInstallations",
            Self::Records => "MeshRevisions",
            Self::Objects(kind) => return format!("{} objects that Mainsheet made", kind.as_str()),
            Self::MutatingWebhooks => "all MutatingWebhookConfigurations",
            Self::ValidatingWebhooks => "all ValidatingWebhookConfigurations",
            Self::Namespaces => "namespaces: names and labels",
            Self::Nodes => "nodes: versions and readiness",
            Self::Events => "events in the namespaces of meshes and of the operator",
            Self::Pods => "pods of istiod and of the operator",
            Self::Logs => "logs of istiod and of the operator",
        };
        what.to_owned()
    }
}
