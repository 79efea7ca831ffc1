//! The closed set of kinds that Mainsheet writes: nothing else is ever rendered, watched, granted
//! or pruned.

use serde::{Deserialize, Serialize};

/// Whether a kind lives in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One for the cluster.
    Cluster,
    /// One for each namespace.
    Namespaced,
}

macro_rules! kinds {
    ($($kind:ident, $group:literal, $version:literal, $plural:literal, $scope:ident;)+) => {
        /// A kind of object, with its group, version, resource name and scope.
        #[allow(missing_docs, reason = "the names are Kubernetes'")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind { $($kind),+ }

        impl Kind {
            /// Every kind, in the order in which objects of one wave are applied.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The name in `kind`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            /// The API group; empty for the core group.
            pub const fn group(self) -> &'static str {
                match self { $(Self::$kind => $group),+ }
            }

            /// The API version that is written and read.
            pub const fn version(self) -> &'static str {
                match self { $(Self::$kind => $version),+ }
            }

            /// The resource name in URLs and RBAC rules.
            pub const fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural),+ }
            }

            /// Whether objects of the kind live in namespaces.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$kind => Scope::$scope),+ }
            }
        }
    };
}

kinds! {
    CustomResourceDefinition, "apiextensions.k8s.io", "v1", "customresourcedefinitions", Cluster;
    Namespace, "", "v1", "namespaces", Cluster;
    ServiceAccount, "", "v1", "serviceaccounts", Namespaced;
    ClusterRole, "rbac.authorization.k8s.io", "v1", "clusterroles", Cluster;
    ClusterRoleBinding, "rbac.authorization.k8s.io", "v1", "clusterrolebindings", Cluster;
    Role, "rbac.authorization.k8s.io", "v1", "roles", Namespaced;
    RoleBinding, "rbac.authorization.k8s.io", "v1", "rolebindings", Namespaced;
    ResourceQuota, "", "v1", "resourcequotas", Namespaced;
    NetworkPolicy, "networking.k8s.io", "v1", "networkpolicies", Namespaced;
    ConfigMap, "", "v1", "configmaps", Namespaced;
    NetworkAttachmentDefinition, "k8s.cni.cncf.io", "v1", "network-attachment-definitions", Namespaced;
    Service, "", "v1", "services", Namespaced;
    EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", Namespaced;
    Deployment, "apps", "v1", "deployments", Namespaced;
    DaemonSet, "apps", "v1", "daemonsets", Namespaced;
    StatefulSet, "apps", "v1", "statefulsets", Namespaced;
    HorizontalPodAutoscaler, "autoscaling", "v2", "horizontalpodautoscalers", Namespaced;
    PodDisruptionBudget, "policy", "v1", "poddisruptionbudgets", Namespaced;
    ValidatingAdmissionPolicy, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", Cluster;
    ValidatingAdmissionPolicyBinding, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", Cluster;
    ValidatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", Cluster;
    MutatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", Cluster;
    Telemetry, "telemetry.istio.io", "v1", "telemetries", Namespaced;
}

impl Kind {
    /// The `apiVersion` of objects of the kind.
    pub fn api_version(self) -> String {
        if self.group().is_empty() {
            self.version().to_owned()
        } else {
            format!("{}/{}", self.group(), self.version())
        }
    }

    /// The kind with this name in `kind`, if it is one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
