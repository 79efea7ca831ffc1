//! How a host is picked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LocalityLb, ZoneAwareLb};
use crate::istio::{Duration, rules::union};

/// How a host of a service is picked: `simple` or `consistentHash`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = union(&["simple", "consistentHash"])))]
pub struct LoadBalancer {
    /// By a hash, so that what belongs together gets the same host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistent_hash: Option<ConsistentHash>,
    /// Which places are preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality_lb_setting: Option<LocalityLb>,
    /// By a simple rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simple: Option<SimpleLb>,
    /// How a new host gets its share little by little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Warmup>,
    /// Older and simpler form of `warmup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup_duration_secs: Option<Duration>,
    /// Prefer the own zone, as far as it has room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_aware_lb_setting: Option<ZoneAwareLb>,
}

/// A simple rule for picking a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SimpleLb {
    /// Left to Istio.
    Unspecified,
    /// Older name of `LEAST_REQUEST`.
    LeastConn,
    /// Any.
    Random,
    /// The one that the client connected to.
    Passthrough,
    /// One after the other.
    RoundRobin,
    /// Of two, the one with fewer requests under way (the default).
    LeastRequest,
}

/// What is hashed: one of `httpHeaderName`, `httpCookie`, `useSourceIp` and
/// `httpQueryParameterName`; and how a hash gives a host: `ringHash` or `maglev`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("allOf" = one_key_and_one_algorithm()))]
pub struct ConsistentHash {
    /// A cookie, which is set where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_cookie: Option<HttpCookie>,
    /// A header, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_header_name: Option<String>,
    /// A query parameter, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_query_parameter_name: Option<String>,
    /// By Maglev.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maglev: Option<Maglev>,
    /// Older place of the ring's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ring_size: Option<u64>,
    /// By a ring (the default).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring_hash: Option<RingHash>,
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_source_ip: Option<bool>,
}

fn one_key_and_one_algorithm() -> Value {
    json!([
        {"oneOf": union(&[
            "httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName",
        ])},
        {"oneOf": union(&["ringHash", "maglev"])},
    ])
}

/// A cookie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpCookie {
    /// More attributes of a cookie that is set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<CookieAttribute>,
    /// Its name.
    pub name: String,
    /// Path of a cookie that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Lifetime of a cookie that is set; `0s` means until the browser closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
}

/// An attribute of a cookie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CookieAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Maglev hashing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Maglev {
    /// Size of the table, a prime (default 65537).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_size: Option<u64>,
}

/// Ring hashing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RingHash {
    /// Least number of points on the ring (default 1024).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ring_size: Option<u64>,
}

/// How a new host gets its share little by little.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Warmup {
    /// How fast its share grows (default 1, evenly).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("nullable" = true))]
    pub aggression: Option<f64>,
    /// How long it takes to its full share.
    pub duration: Duration,
    /// Share at the beginning, in per cent (default 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100), extend("nullable" = true))]
    pub minimum_percent: Option<f64>,
}
