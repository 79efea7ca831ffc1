//! `WorkloadEntry`: a workload outside Kubernetes, such as a virtual machine.

use std::collections::BTreeMap;

use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::istio::{
    IstioStatus,
    kind::istio_kind,
    rules::{CEL, Cel, PORT_NUMBER},
};

/// Describes one workload that is no pod; a `ServiceEntry` or a Service picks it by its labels.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "WorkloadEntry",
    plural = "workloadentries",
    shortname = "we",
    category = "istio-io",
    category = "networking-istio-io",
    namespaced,
    status = "IstioStatus",
    schema = "manual",
    doc = "A workload outside Kubernetes, such as a virtual machine.",
    derive = "Default",
    derive = "PartialEq",
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    printcolumn(name = "Address", type_ = "string", json_path = ".spec.address"),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [HAS_ADDRESS, SOCKET_HAS_NO_PORTS]))]
pub struct WorkloadEntrySpec {
    /// IP address, name, or Unix socket (`unix://`) of the workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 256),
        extend("x-kubernetes-validations" = [SOCKET_IS_ABSOLUTE, SOCKET_IS_NO_FOLDER])
    )]
    pub address: Option<String>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub labels: BTreeMap<String, String>,
    /// Where it is: region, zone and sub-zone with slashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub locality: Option<String>,
    /// Network in which its address is reachable; across networks traffic goes through gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub network: Option<String>,
    /// Ports of the workload by the service's port names, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(
        extend(
            "maxProperties" = 128,
            "additionalProperties" = port_value(),
            "x-kubernetes-validations" = [PORT_NAME]
        )
    )]
    pub ports: BTreeMap<String, u32>,
    /// Account it runs as, of the same namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub service_account: Option<String>,
    /// Share of the traffic it gets, next to others' weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

istio_kind!(WorkloadEntry {
    spec: Required WorkloadEntrySpec,
    served: ["v1", "v1alpha3", "v1beta1"],
    stored: "v1"
});

fn port_value() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": u32::MAX, (CEL): [PORT_NUMBER]})
}

const HAS_ADDRESS: Cel = Cel::new(
    "has(self.address) || has(self.network)",
    "Address is required",
);
pub(super) const SOCKET_HAS_NO_PORTS: Cel = Cel::new(
    r#"(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true"#,
    "UDS may not include ports",
);
const SOCKET_IS_ABSOLUTE: Cel = Cel::new(
    "self.startsWith(\"unix://\") ? (self.substring(7, 8) == \"/\" || self.substring(7, 8) == \
     \"@\") : true",
    "UDS must be an absolute path or abstract socket",
);
const SOCKET_IS_NO_FOLDER: Cel = Cel::new(
    r#"self.startsWith("unix://") ? !self.endsWith("/") : true"#,
    "UDS may not be a dir",
);
const PORT_NAME: Cel = Cel::new(
    "self.all(key, size(key) < 63 && key.matches(\"^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$\"))",
    "port name must be valid",
);
