//! `/debug/syncz`: what istiod has sent to each proxy, and what the proxy has taken.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The types that every proxy may ask for, in the order in which they depend on each other.
pub(crate) const CORE_TYPES: [&str; 5] = ["CDS", "LDS", "EDS", "RDS", "ECDS"];

/// The last part of a type's URL, and what it is called for short.
const SHORT: [(&str, &str); 12] = [
    ("Cluster", "CDS"),
    ("Listener", "LDS"),
    ("ClusterLoadAssignment", "EDS"),
    ("RouteConfiguration", "RDS"),
    ("TypedExtensionConfig", "ECDS"),
    ("Secret", "SDS"),
    ("NameTable", "NDS"),
    ("ProxyConfig", "PCDS"),
    ("Address", "WADS"),
    ("Workload", "WDS"),
    ("Authorization", "WAUTHZ"),
    ("Bootstrap", "BSTRP"),
];

/// A proxy that is connected to an istiod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proxy {
    /// `NAME.NAMESPACE` of its pod.
    pub(crate) name: String,
    /// The cluster in which it is.
    pub(crate) cluster: String,
    /// The istiod that it is connected to.
    pub(crate) istiod: String,
    /// Its own version.
    pub(crate) version: String,
    /// What kind of proxy it is, where istiod says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// What it has asked for, by the type's short name.
    pub(crate) types: BTreeMap<String, Sync>,
}

/// How far a proxy is with a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all_fields = "camelCase")]
pub(crate) enum Sync {
    /// It has taken what was sent last.
    #[serde(rename = "SYNCED")]
    Synced {
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// It has not answered yet.
    #[serde(rename = "STALE")]
    Stale {
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// It has refused what was sent last.
    #[serde(rename = "ERROR")]
    Refused { message: String },
    /// It has asked, and istiod has nothing for it.
    #[serde(rename = "NOT SENT")]
    NotSent,
}

/// A proxy as istiod writes it. Older versions do not have `resources`.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    cluster_id: String,
    proxy: String,
    proxy_type: Option<String>,
    #[serde(default)]
    istio_version: String,
    #[serde(default)]
    cluster_sent: String,
    #[serde(default)]
    cluster_acked: String,
    #[serde(default)]
    listener_sent: String,
    #[serde(default)]
    listener_acked: String,
    #[serde(default)]
    route_sent: String,
    #[serde(default)]
    route_acked: String,
    #[serde(default)]
    endpoint_sent: String,
    #[serde(default)]
    endpoint_acked: String,
    #[serde(default)]
    extensionconfig_sent: String,
    #[serde(default)]
    extensionconfig_acked: String,
    resources: Option<BTreeMap<String, Resource>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(default)]
    sent: String,
    #[serde(default)]
    acked: String,
    sent_time: Option<Timestamp>,
    #[serde(default)]
    last_error: String,
}

/// The proxies in the answer of one istiod.
pub(crate) fn proxies(answer: &str, istiod: &str) -> Result<Vec<Proxy>, serde_json::Error> {
    // Where nothing is connected, Go writes null.
    let written: Option<Vec<Written>> = serde_json::from_str(answer)?;
    let all = written.unwrap_or_default().into_iter();
    Ok(all.map(|proxy| proxy.read(istiod)).collect())
}

/// What a type is called for short.
fn short(url: &str) -> String {
    let last = url.rsplit(['.', '/']).next().unwrap_or_default();
    let known = SHORT.iter().find(|(name, _)| *name == last);
    known.map_or(last, |(_, short)| short).to_owned()
}

// === impl Written ===

impl Written {
    fn read(self, istiod: &str) -> Proxy {
        let types = match &self.resources {
            Some(resources) => resources
                .iter()
                .map(|(url, resource)| (short(url), resource.read()))
                .collect(),
            None => self.core_types(),
        };
        Proxy {
            name: self.proxy,
            cluster: self.cluster_id,
            istiod: istiod.to_owned(),
            version: self.istio_version,
            kind: self.proxy_type,
            types,
        }
    }

    /// Without `resources` it cannot be told what was not asked for from what was not sent.
    fn core_types(&self) -> BTreeMap<String, Sync> {
        let nonces = [
            (&self.cluster_sent, &self.cluster_acked),
            (&self.listener_sent, &self.listener_acked),
            (&self.endpoint_sent, &self.endpoint_acked),
            (&self.route_sent, &self.route_acked),
            (&self.extensionconfig_sent, &self.extensionconfig_acked),
        ];
        let named = CORE_TYPES.into_iter().zip(nonces);
        named
            .filter(|(_, (sent, _))| !sent.is_empty())
            .map(|(name, (sent, acked))| (name.to_owned(), Sync::of(sent, acked, None)))
            .collect()
    }
}

impl Resource {
    fn read(&self) -> Sync {
        if self.last_error.is_empty() {
            // Go's zero time is long ago, and says that nothing was sent.
            let since = self.sent_time.filter(|time| *time > Timestamp::UNIX_EPOCH);
            Sync::of(&self.sent, &self.acked, since)
        } else {
            Sync::Refused {
                message: self.last_error.clone(),
            }
        }
    }
}

// === impl Sync ===

impl Sync {
    fn of(sent: &str, acked: &str, since: Option<Timestamp>) -> Self {
        if sent.is_empty() {
            Self::NotSent
        } else if sent == acked {
            Self::Synced { since }
        } else {
            Self::Stale { since }
        }
    }

    /// In a word, with its age where it is known.
    pub(crate) fn describe(&self, now: Timestamp) -> String {
        let (word, since) = match self {
            Self::Synced { since } => ("SYNCED", since),
            Self::Stale { since } => ("STALE", since),
            Self::Refused { .. } => ("ERROR", &None),
            Self::NotSent => ("NOT SENT", &None),
        };
        match since {
            None => word.to_owned(),
            Some(since) => format!("{word} ({})", age(now.duration_since(*since).as_secs())),
        }
    }
}

fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds @ 7200..172_800 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn types(proxy: &serde_json::Value) -> Vec<(String, String)> {
        let found = proxies(&json!([proxy]).to_string(), "istiod-1").unwrap();
        let now = "2026-03-01T10:05:00Z".parse().unwrap();
        let told = found[0].types.iter();
        told.map(|(name, sync)| (name.clone(), sync.describe(now)))
            .collect()
    }

    #[test]
    fn newer_istiods_say_what_was_asked_for_and_when_it_was_sent() {
        let url = |name: &str| format!("type.googleapis.com/envoy.config.{name}");
        let told = types(&json!({"proxy": "web.shop", "resources": {
            url("cluster.v3.Cluster"): {"sent": "a", "acked": "a", "sentTime": "2026-03-01T10:00:00Z"},
            url("listener.v3.Listener"): {"sent": "b", "acked": "a", "sentTime": "2026-03-01T10:04:30Z"},
            url("route.v3.RouteConfiguration"): {"sentTime": "0001-01-01T00:00:00Z"},
            url("core.v3.TypedExtensionConfig"): {"sent": "c", "lastError": "no such filter"},
            "type.googleapis.com/example.Other": {"sent": "d", "acked": "d"},
        }}));
        let wanted = [
            ("CDS", "SYNCED (5m)"),
            ("ECDS", "ERROR"),
            ("LDS", "STALE (30s)"),
            ("Other", "SYNCED"),
            ("RDS", "NOT SENT"),
        ];
        assert_eq!(
            told,
            wanted.map(|(name, told)| (name.to_owned(), told.to_owned()))
        );
    }

    #[test]
    fn older_istiods_say_only_nonces() {
        let told = types(
            &json!({"proxy": "web.shop", "cluster_sent": "a", "cluster_acked": "a", "listener_sent": "b"}),
        );
        let wanted = [("CDS", "SYNCED"), ("LDS", "STALE")];
        assert_eq!(
            told,
            wanted.map(|(name, told)| (name.to_owned(), told.to_owned()))
        );
    }

    #[test]
    fn nobody_connected_is_an_empty_list() {
        assert_eq!(proxies("null", "istiod-1").unwrap(), []);
        assert_eq!(proxies("[]\n", "istiod-1").unwrap(), []);
        assert!(proxies("{}", "istiod-1").is_err());
    }
}
