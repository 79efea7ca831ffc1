//! Hosts that fail: when they are left alone, and how much is tried again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::istio::Duration;

/// When a host that fails is left alone for a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutlierDetection {
    /// How long it is left alone, times the number of times it was (default 30s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ejection_time: Option<Duration>,
    /// Answers of 5xx in a row that make it so (default 5); `0` means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub consecutive5xx_errors: Option<u32>,
    /// No longer used; see the two beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_errors: Option<i32>,
    /// Answers of 502, 503 and 504 in a row that make it so (off by default).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub consecutive_gateway_errors: Option<u32>,
    /// Failures to connect in a row that make it so, when they are counted apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("nullable" = true))]
    pub consecutive_local_origin_failures: Option<u32>,
    /// Time between two looks (default 10s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Most hosts that are left alone, in per cent (default 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_ejection_percent: Option<i32>,
    /// Healthy hosts, in per cent, below which nobody is left alone (default 0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_health_percent: Option<i32>,
    /// Status codes that count as errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 100, max = 599)))]
    pub outlier_detection_http_error_codes: Vec<u32>,
    /// Count failures to connect apart from bad answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_external_local_origin_errors: Option<bool>,
}

/// How many retries may be under way at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetryBudget {
    /// Time over which requests are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_interval: Option<String>,
    /// Retries that may always be under way (default 3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_retry_concurrency: Option<u32>,
    /// Retries to requests, in per cent (default 20).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100), extend("nullable" = true))]
    pub percent: Option<f64>,
}
