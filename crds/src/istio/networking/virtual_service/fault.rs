//! Faults that are made on purpose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::{Duration, rules::union};

/// Faults that are made on purpose, to see how clients bear them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaultInjection {
    /// Requests that are failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort: Option<FaultAbort>,
    /// Requests that are held up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<FaultDelay>,
}

/// Fails requests with one of `httpStatus`, `grpcStatus` and `http2Error`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["httpStatus", "grpcStatus", "http2Error"])))]
pub struct FaultAbort {
    /// Status of gRPC, by name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc_status: Option<String>,
    /// Error of HTTP/2; not implemented by Istio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http2_error: Option<String>,
    /// Status of HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<i32>,
    /// Share of requests; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Percent>,
}

/// Holds requests up, by `fixedDelay`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["fixedDelay", "exponentialDelay"])))]
pub struct FaultDelay {
    /// Not implemented by Istio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exponential_delay: Option<Duration>,
    /// How long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_delay: Option<Duration>,
    /// Older form of `percentage`, in whole per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<i32>,
    /// Share of requests; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Percent>,
}

/// A share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Percent {
    /// In per cent, from 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}
