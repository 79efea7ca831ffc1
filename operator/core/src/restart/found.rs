//! A workload as it is found: what its rollout waits for, and what stands against restarting it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mainsheet_manifests::Kind;
use serde_json::Value;

use crate::dataplane::WorkloadKind;
use crate::health;

/// The annotation of a pod template by which `kubectl rollout restart` restarts.
pub const ANNOTATION_RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// What is read of a workload that may be restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its UID: a workload that was deleted and made anew is another one.
    pub uid: String,
    /// When it was last restarted by the annotation, whoever did it.
    pub restarted: Option<Timestamp>,
    /// What its rollout waits for; none when it is over.
    pub waiting: Option<String>,
    /// Whether the rollout has given up.
    pub failed: bool,
    /// Why a changed template would not restart its pods.
    pub hindrance: Option<String>,
    /// Whether a rollout takes pods away before there are new ones.
    pub takes_away: bool,
    /// Labels of its pods.
    pub labels: BTreeMap<String, String>,
}

impl Found {
    /// Reads a workload as the API server sent it; none for kinds that are not restarted by their
    /// template.
    pub fn read(kind: &WorkloadKind, object: &Value) -> Option<Self> {
        let known = match kind {
            WorkloadKind::Deployment => Kind::Deployment,
            WorkloadKind::StatefulSet => Kind::StatefulSet,
            WorkloadKind::DaemonSet => Kind::DaemonSet,
            WorkloadKind::Other(_) => return None,
        };
        let spec = &object["spec"];
        let template = &spec["template"]["metadata"];
        let restarted = template["annotations"][ANNOTATION_RESTARTED].as_str();
        let waiting = health::assess(known, object).waiting;
        Some(Self {
            uid: object["metadata"]["uid"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            restarted: restarted.and_then(|time| time.parse().ok()),
            failed: known == Kind::Deployment && has_given_up(object),
            waiting,
            hindrance: hindrance(kind, spec),
            takes_away: takes_away(kind, spec),
            labels: serde_json::from_value(template["labels"].clone()).unwrap_or_default(),
        })
    }
}

fn has_given_up(object: &Value) -> bool {
    let conditions = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    conditions
        .filter(|condition| condition["type"] == "Progressing")
        .any(|condition| condition["reason"] == "ProgressDeadlineExceeded")
}

fn hindrance(kind: &WorkloadKind, spec: &Value) -> Option<String> {
    match kind {
        WorkloadKind::Deployment => (spec["paused"] == true).then(|| "it is paused".to_owned()),
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => {
            let strategy = &spec["updateStrategy"];
            if strategy["type"] == "OnDelete" {
                return Some("its updateStrategy is OnDelete".to_owned());
            }
            let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
            (partition > 0).then(|| format!("its partition {partition} keeps pods as they are"))
        }
        WorkloadKind::Other(_) => None,
    }
}

fn takes_away(kind: &WorkloadKind, spec: &Value) -> bool {
    match kind {
        WorkloadKind::Deployment => {
            let strategy = &spec["strategy"];
            let replicas = spec["replicas"].as_i64().unwrap_or(1);
            let limits = &strategy["rollingUpdate"];
            strategy["type"] == "Recreate"
                || unavailable(&limits["maxUnavailable"], &limits["maxSurge"], replicas) > 0
        }
        WorkloadKind::StatefulSet | WorkloadKind::Other(_) => true,
        // With a surge, which must then be the only way, the new pod comes first.
        WorkloadKind::DaemonSet => {
            let surge = &spec["updateStrategy"]["rollingUpdate"]["maxSurge"];
            !matches!(count(surge, 100, true), Some(surge) if surge > 0)
        }
    }
}

/// How many pods a rolling Deployment may miss, as its controller counts: percentages round down, and
/// where neither more nor fewer pods were allowed, one may be missing.
fn unavailable(missing: &Value, surge: &Value, replicas: i64) -> i64 {
    const DEFAULT: i64 = 25;
    let missing = count(missing, replicas, false).unwrap_or(DEFAULT * replicas / 100);
    let surge = count(surge, replicas, true).unwrap_or((DEFAULT * replicas + 99) / 100);
    if missing == 0 && surge == 0 {
        1
    } else {
        missing
    }
}

/// A number, or a percentage of a number.
fn count(value: &Value, of: i64, round_up: bool) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let rest = if round_up { 99 } else { 0 };
    Some((percent.checked_mul(of)? + rest) / 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(spec: Value) -> Found {
        found(&WorkloadKind::Deployment, spec)
    }

    fn found(kind: &WorkloadKind, mut spec: Value) -> Found {
        spec["template"] = json!({"metadata": {"labels": {"app": "boat"}}});
        Found::read(kind, &json!({"metadata": {"uid": "u-1"}, "spec": spec})).unwrap()
    }

    #[test]
    fn a_rolling_deployment_takes_pods_away_only_if_one_may_be_missing() {
        let rolling = |replicas: i64, limits: Value| {
            deployment(json!({"replicas": replicas, "strategy": {"rollingUpdate": limits}}))
                .takes_away
        };
        let table = [
            (
                rolling(3, json!({"maxUnavailable": "25%", "maxSurge": "25%"})),
                false,
            ),
            (
                rolling(4, json!({"maxUnavailable": "25%", "maxSurge": "25%"})),
                true,
            ),
            (
                rolling(10, json!({"maxUnavailable": 0, "maxSurge": 1})),
                false,
            ),
            (
                rolling(10, json!({"maxUnavailable": 1, "maxSurge": 0})),
                true,
            ),
            (
                rolling(2, json!({"maxUnavailable": "10%", "maxSurge": "0%"})),
                true,
            ),
            (rolling(8, json!({})), true),
            (rolling(2, json!({})), false),
        ];
        for (at, (found, wanted)) in table.into_iter().enumerate() {
            assert_eq!(found, wanted, "row {at}");
        }
        assert!(deployment(json!({"strategy": {"type": "Recreate"}})).takes_away);
    }

    #[test]
    fn sets_take_pods_away_unless_a_daemon_set_surges() {
        assert!(found(&WorkloadKind::StatefulSet, json!({})).takes_away);
        let daemon_set = |limits| {
            let spec = json!({"updateStrategy": {"rollingUpdate": limits}});
            found(&WorkloadKind::DaemonSet, spec).takes_away
        };
        assert!(daemon_set(json!({"maxUnavailable": 1, "maxSurge": 0})));
        assert!(!daemon_set(json!({"maxUnavailable": 0, "maxSurge": "10%"})));
    }

    #[test]
    fn what_would_not_roll_says_why() {
        let paused = deployment(json!({"paused": true}));
        assert_eq!(paused.hindrance.as_deref(), Some("it is paused"));
        let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
        for kind in [WorkloadKind::StatefulSet, WorkloadKind::DaemonSet] {
            let hindrance = found(&kind, on_delete.clone()).hindrance;
            assert_eq!(hindrance.as_deref(), Some("its updateStrategy is OnDelete"));
        }
        let partition = json!({"updateStrategy": {"rollingUpdate": {"partition": 2}}});
        let hindrance = found(&WorkloadKind::StatefulSet, partition).hindrance;
        assert_eq!(
            hindrance.as_deref(),
            Some("its partition 2 keeps pods as they are")
        );
        assert_eq!(deployment(json!({})).hindrance, None);
    }

    #[test]
    fn only_what_its_template_restarts_is_read() {
        assert_eq!(
            Found::read(&WorkloadKind::Other("Job".into()), &json!({})),
            None
        );
    }
}
