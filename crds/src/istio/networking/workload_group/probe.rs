//! Probes of a workload's health, as Kubernetes has them for pods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::rules::{Cel, PORT_NUMBER, union};

/// How the health of a workload is probed: one of `httpGet`, `tcpSocket`, `exec` and `grpc`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["httpGet", "tcpSocket", "exec", "grpc"])))]
pub struct ReadinessProbe {
    /// By a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecProbe>,
    /// Failures in a row after which it is not healthy (default 3).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub failure_threshold: Option<i32>,
    /// By gRPC's health protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcProbe>,
    /// By an HTTP request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_get: Option<HttpProbe>,
    /// Seconds before the first probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub initial_delay_seconds: Option<i32>,
    /// Seconds between two probes (default 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub period_seconds: Option<i32>,
    /// Successes in a row after which it is healthy again (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub success_threshold: Option<i32>,
    /// By connecting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_socket: Option<TcpProbe>,
    /// Seconds that a probe may take (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub timeout_seconds: Option<i32>,
}

/// A command; healthy when it ends with 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecProbe {
    /// The program and its arguments.
    #[schemars(inner(length(min = 1)))]
    pub command: Vec<String>,
}

/// A question by gRPC's health protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcProbe {
    /// Port to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub port: Option<u32>,
    /// Service to ask about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// An HTTP request; healthy when the answer is 2xx or 3xx.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpProbe {
    /// Host to ask, when it is not the workload itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Headers of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http_headers: Vec<ProbeHeader>,
    /// Path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Port to ask.
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub port: u32,
    /// `HTTP` or `HTTPS` (default `HTTP`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [KNOWN_SCHEME]))]
    pub scheme: Option<String>,
}

/// A header of a probe.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeHeader {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[-_A-Za-z0-9]+$"))]
    pub name: Option<String>,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A connection; healthy when it opens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TcpProbe {
    /// Host to connect to, when it is not the workload itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port to connect to.
    #[schemars(extend("x-kubernetes-validations" = [PORT_NUMBER]))]
    pub port: u32,
}

const KNOWN_SCHEME: Cel = Cel::new(
    r#"self in ["", "HTTP", "HTTPS"]"#,
    "scheme must be one of [HTTP, HTTPS]",
);
