//! `ServiceEntry`: a service that Kubernetes does not know.

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{WorkloadEntrySpec, WorkloadLabels};
use crate::istio::{
    IstioStatus,
    kind::istio_kind,
    rules::{CEL, Cel, PORT_NUMBER, only_one},
};

/// Adds a service to the mesh's registry: one outside it, or one made of workloads that Kubernetes
/// does not know.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::duplicated_attributes,
    reason = "two columns may have one type"
)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "ServiceEntry",
    plural = "serviceentries",
    shortname = "se",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "A service that Kubernetes does not know.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(name = "Hosts", type_ = "string", json_path = ".spec.hosts"),
    printcolumn(name = "Location", type_ = "string", json_path = ".spec.location"),
    printcolumn(name = "Resolution", type_ = "string", json_path = ".spec.resolution"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend(
        "x-kubernetes-validations" = [
            one_source_of_endpoints(),
            CIDR_NEEDS_STATIC,
            NONE_HAS_NO_ENDPOINTS,
            ROUND_ROBIN_HAS_ONE_ENDPOINT,
        ]
    )
)]
pub struct ServiceEntrySpec {
    /// Virtual addresses or CIDRs of the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(max = 64)))]
    pub addresses: Vec<String>,
    /// The workloads behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4096))]
    pub endpoints: Vec<WorkloadEntrySpec>,
    /// Namespaces that see it: `.` for its own, `*` for all (the default).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub export_to: Vec<String>,
    /// Names of the service, perhaps with a leading `*.`.
    #[schemars(length(min = 1, max = 256), extend("items" = host()))]
    pub hosts: Vec<String>,
    /// Whether the service is in the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<ServiceLocation>,
    /// Ports of the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 256),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-kubernetes-validations" = [UNIQUE_NUMBERS]
        )
    )]
    pub ports: Vec<ServicePort>,
    /// How its endpoints are found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<ServiceResolution>,
    /// Names, one of which the service's certificate must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
    /// Pods and entries of workloads behind it, by label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_selector: Option<WorkloadLabels>,
}

istio_kind!(ServiceEntry {
    spec: Required ServiceEntrySpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});

/// Whether a service is in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceLocation {
    /// Outside: proxies do not use mutual TLS towards it.
    MeshExternal,
    /// Inside: its workloads have identities of the mesh.
    MeshInternal,
}

/// How the endpoints of a service are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceResolution {
    /// Not at all: the connection goes where the client meant it to.
    None,
    /// They are the addresses given.
    Static,
    /// By asking DNS; all answers are used.
    Dns,
    /// By asking DNS; the first answer is used when a connection opens.
    DnsRoundRobin,
    /// By asking DNS for the host of each request, for wildcard hosts.
    DynamicDns,
}

/// A port of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// Its name.
    #[schemars(length(max = 256))]
    pub name: String,
    /// Its number.
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub number: u32,
    /// What is spoken: `HTTP`, `HTTPS`, `GRPC`, `HTTP2`, `MONGO`, `TCP` or `TLS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub protocol: Option<String>,
    /// Port of the endpoints, where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub target_port: Option<u32>,
}

fn host() -> Value {
    json!({"type": "string", (CEL): [NO_LONE_WILDCARD]})
}

fn one_source_of_endpoints() -> Cel {
    only_one(
        &["workloadSelector", "endpoints"],
        "only one of WorkloadSelector or Endpoints can be set",
    )
}

const NO_LONE_WILDCARD: Cel = Cel::new(r#"self != "*""#, "hostname cannot be wildcard");
const UNIQUE_NUMBERS: Cel = Cel::new(
    "self.all(l1, self.exists_one(l2, l1.number == l2.number))",
    "port number cannot be duplicated",
);
const CIDR_NEEDS_STATIC: Cel = Cel::new(
    "!((has(self.addresses) ? self.addresses : []).exists(k, k.contains(\"/\")) && \
     !((has(self.resolution) ? self.resolution : \"NONE\") in [\"STATIC\", \"NONE\"]))",
    "CIDR addresses are allowed only for NONE/STATIC resolution types",
);
const NONE_HAS_NO_ENDPOINTS: Cel = Cel::new(
    "((has(self.resolution) ? self.resolution : \"NONE\") == \"NONE\") ? !has(self.endpoints) : \
     true",
    "NONE mode cannot set endpoints",
);
const ROUND_ROBIN_HAS_ONE_ENDPOINT: Cel = Cel::new(
    "((has(self.resolution) ? self.resolution : \"\") == \"DNS_ROUND_ROBIN\") ? \
     ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true",
    "DNS_ROUND_ROBIN mode cannot have multiple endpoints",
);
