//! The kinds that analysis knows, and where their objects are kept once they are read.

use std::sync::Arc;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Secret, Service};
use mainsheet_crds::istio;
use serde::Deserialize;
use serde_json::Value;

use crate::foreign::{Bare, GatewayApi, RouteApi};
use crate::resource::{Item, Resource};

/// Whether objects of a kind live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One for the cluster.
    Cluster,
    /// One for each namespace.
    Namespaced,
}

macro_rules! kinds {
    ($($field:ident: $kind:ident = $type:ty, $name:literal, $group:literal, $plural:literal,
        [$($version:literal),+], $scope:ident;)+) => {
        /// A kind of object.
        #[allow(missing_docs, reason = "the names are Kubernetes' and Istio's")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($kind),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The name in `kind`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }

            /// The API group; empty for the core group.
            pub const fn group(self) -> &'static str {
                match self { $(Self::$kind => $group),+ }
            }

            /// The resource name in URLs.
            pub const fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural),+ }
            }

            /// The API versions that may be served, the best first.
            pub const fn versions(self) -> &'static [&'static str] {
                match self { $(Self::$kind => &[$($version),+]),+ }
            }

            /// Whether objects of the kind live in namespaces.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$kind => Scope::$scope),+ }
            }
        }

        /// Objects in their types, by kind; those of a kind by namespace and name.
        #[derive(Debug, Default)]
        pub(crate) struct Objects { $(pub(crate) $field: Vec<Item<$type>>),+ }

        impl Objects {
            /// Reads an object in its type.
            pub(crate) fn read(
                &mut self,
                about: &Arc<Resource>,
                value: &Value,
            ) -> Result<(), serde_json::Error> {
                match about.kind {
                    $(Kind::$kind => self.$field.push(Item {
                        about: Arc::clone(about),
                        object: <$type>::deserialize(value)?,
                    })),+
                }
                Ok(())
            }
        }
    };
}

kinds! {
    namespaces: Namespace = Namespace, "Namespace", "", "namespaces", ["v1"], Cluster;
    config_maps: ConfigMap = ConfigMap, "ConfigMap", "", "configmaps", ["v1"], Namespaced;
    secrets: Secret = Secret, "Secret", "", "secrets", ["v1"], Namespaced;
    services: Service = Service, "Service", "", "services", ["v1"], Namespaced;
    pods: Pod = Pod, "Pod", "", "pods", ["v1"], Namespaced;
    deployments: Deployment = Deployment, "Deployment", "apps", "deployments", ["v1"], Namespaced;
    stateful_sets: StatefulSet = StatefulSet, "StatefulSet", "apps", "statefulsets", ["v1"], Namespaced;
    daemon_sets: DaemonSet = DaemonSet, "DaemonSet", "apps", "daemonsets", ["v1"], Namespaced;
    webhooks: MutatingWebhookConfiguration = MutatingWebhookConfiguration, "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io", "mutatingwebhookconfigurations", ["v1"], Cluster;
    crds: CustomResourceDefinition = Bare, "CustomResourceDefinition",
        "apiextensions.k8s.io", "customresourcedefinitions", ["v1"], Cluster;
    gateway_apis: KubernetesGateway = GatewayApi, "Gateway", "gateway.networking.k8s.io", "gateways",
        ["v1", "v1beta1"], Namespaced;
    http_routes: HttpRoute = RouteApi, "HTTPRoute", "gateway.networking.k8s.io", "httproutes",
        ["v1", "v1beta1"], Namespaced;
    grpc_routes: GrpcRoute = RouteApi, "GRPCRoute", "gateway.networking.k8s.io", "grpcroutes",
        ["v1", "v1alpha2"], Namespaced;
    authorization_policies: AuthorizationPolicy = istio::AuthorizationPolicy, "AuthorizationPolicy",
        "security.istio.io", "authorizationpolicies", ["v1", "v1beta1"], Namespaced;
    destination_rules: DestinationRule = istio::DestinationRule, "DestinationRule",
        "networking.istio.io", "destinationrules", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    envoy_filters: EnvoyFilter = istio::EnvoyFilter, "EnvoyFilter",
        "networking.istio.io", "envoyfilters", ["v1alpha3"], Namespaced;
    gateways: Gateway = istio::Gateway, "Gateway",
        "networking.istio.io", "gateways", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    peer_authentications: PeerAuthentication = istio::PeerAuthentication, "PeerAuthentication",
        "security.istio.io", "peerauthentications", ["v1", "v1beta1"], Namespaced;
    proxy_configs: ProxyConfig = istio::ProxyConfig, "ProxyConfig",
        "networking.istio.io", "proxyconfigs", ["v1beta1"], Namespaced;
    request_authentications: RequestAuthentication = istio::RequestAuthentication, "RequestAuthentication",
        "security.istio.io", "requestauthentications", ["v1", "v1beta1"], Namespaced;
    service_entries: ServiceEntry = istio::ServiceEntry, "ServiceEntry",
        "networking.istio.io", "serviceentries", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    sidecars: Sidecar = istio::Sidecar, "Sidecar",
        "networking.istio.io", "sidecars", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    telemetries: Telemetry = istio::Telemetry, "Telemetry",
        "telemetry.istio.io", "telemetries", ["v1", "v1alpha1"], Namespaced;
    traffic_extensions: TrafficExtension = istio::TrafficExtension, "TrafficExtension",
        "extensions.istio.io", "trafficextensions", ["v1alpha1"], Namespaced;
    virtual_services: VirtualService = istio::VirtualService, "VirtualService",
        "networking.istio.io", "virtualservices", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    wasm_plugins: WasmPlugin = istio::WasmPlugin, "WasmPlugin",
        "extensions.istio.io", "wasmplugins", ["v1alpha1"], Namespaced;
    workload_entries: WorkloadEntry = istio::WorkloadEntry, "WorkloadEntry",
        "networking.istio.io", "workloadentries", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    workload_groups: WorkloadGroup = istio::WorkloadGroup, "WorkloadGroup",
        "networking.istio.io", "workloadgroups", ["v1", "v1beta1", "v1alpha3"], Namespaced;
    policies: Policy = Bare, "Policy", "authentication.istio.io", "policies", ["v1alpha1"], Namespaced;
    mesh_policies: MeshPolicy = Bare, "MeshPolicy", "authentication.istio.io", "meshpolicies", ["v1alpha1"], Cluster;
    cluster_rbac_configs: ClusterRbacConfig = Bare, "ClusterRbacConfig",
        "rbac.istio.io", "clusterrbacconfigs", ["v1alpha1"], Cluster;
    rbac_configs: RbacConfig = Bare, "RbacConfig", "rbac.istio.io", "rbacconfigs", ["v1alpha1"], Namespaced;
    service_roles: ServiceRole = Bare, "ServiceRole", "rbac.istio.io", "serviceroles", ["v1alpha1"], Namespaced;
    service_role_bindings: ServiceRoleBinding = Bare, "ServiceRoleBinding",
        "rbac.istio.io", "servicerolebindings", ["v1alpha1"], Namespaced;
}

// === impl Kind ===

impl Kind {
    /// The kind of an object, if it is one that analysis looks at.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == kind && known.group() == group)
    }

    /// Whether Istio reads the kind no more, so that no cluster is asked for it.
    pub fn is_gone(self) -> bool {
        matches!(self.group(), "authentication.istio.io" | "rbac.istio.io")
    }

    /// Whether it is one of Istio's own kinds, with a CRD that Mainsheet knows.
    pub fn is_istio(self) -> bool {
        self.group().ends_with(".istio.io") && !self.is_gone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_of_one_name_are_told_by_their_groups() {
        assert_eq!(
            Kind::of("networking.istio.io/v1beta1", "Gateway"),
            Some(Kind::Gateway)
        );
        assert_eq!(
            Kind::of("gateway.networking.k8s.io/v1", "Gateway"),
            Some(Kind::KubernetesGateway)
        );
        assert_eq!(Kind::of("v1", "Service"), Some(Kind::Service));
        assert_eq!(Kind::of("serving.knative.dev/v1", "Service"), None);
    }

    #[test]
    fn all_kinds_of_istio_with_a_crd_are_there() {
        for (name, _) in istio::CRD_DOCUMENTS {
            let known = Kind::ALL
                .iter()
                .find(|kind| format!("{}.{}", kind.plural(), kind.group()) == name);
            assert!(known.is_some_and(|kind| kind.is_istio()), "{name}");
        }
    }
}
