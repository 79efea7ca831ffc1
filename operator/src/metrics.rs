//! What the operator counts, in Prometheus' terms.

use std::sync::Arc;
use std::time::Duration;

use mainsheet_core::plan::{Action, Reason};
use mainsheet_manifests::Kind;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Every metric of the operator.
pub struct Metrics {
    registry: Registry,
    reconciles: Family<OutcomeLabels, Counter>,
    duration: Histogram,
    writes: Family<WriteLabels, Counter>,
    watch_events: Family<KindLabels, Counter>,
    watch_errors: Family<KindLabels, Counter>,
    ready: Family<InstallationLabels, Gauge>,
    pods: Family<RevisionLabels, Gauge>,
    leader: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    installation: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    kind: &'static str,
    action: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InstallationLabels {
    installation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RevisionLabels {
    istio_revision: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("mainsheet"),
            reconciles: Family::default(),
            // 0.1 ms to 1.6 s: a reconcile with nothing to do is under a millisecond.
            duration: Histogram::new(exponential_buckets(0.0001, 4.0, 8)),
            writes: Family::default(),
            watch_events: Family::default(),
            watch_errors: Family::default(),
            ready: Family::default(),
            pods: Family::default(),
            leader: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "reconciles",
            "Reconciles by installation and outcome",
            self.reconciles.clone(),
        );
        registry.register(
            "reconcile_duration_seconds",
            "Time of one reconcile",
            self.duration.clone(),
        );
        registry.register(
            "writes",
            "Writes of mesh objects by kind, action and reason",
            self.writes.clone(),
        );
        registry.register(
            "watch_events",
            "Watch events by kind",
            self.watch_events.clone(),
        );
        registry.register(
            "watch_errors",
            "Failed watches by kind",
            self.watch_errors.clone(),
        );
        registry.register(
            "ready",
            "Whether an installation is Ready",
            self.ready.clone(),
        );
        registry.register(
            "injected_pods",
            "Live pods by the Istio revision that injected them",
            self.pods.clone(),
        );
        registry.register(
            "leader",
            "Whether this process leads and has everything in sight",
            self.leader.clone(),
        );
    }

    /// One reconcile ended.
    pub fn reconciled(
        &self,
        installation: &str,
        outcome: &'static str,
        ready: bool,
        took: Duration,
    ) {
        let labels = OutcomeLabels {
            installation: installation.to_owned(),
            outcome,
        };
        self.reconciles.get_or_create(&labels).inc();
        self.duration.observe(took.as_secs_f64());
        let labels = InstallationLabels {
            installation: installation.to_owned(),
        };
        self.ready.get_or_create(&labels).set(i64::from(ready));
    }

    /// An installation is gone.
    pub fn forget(&self, installation: &str) {
        self.ready.remove(&InstallationLabels {
            installation: installation.to_owned(),
        });
    }

    /// One mesh object was written.
    pub fn wrote(&self, kind: Kind, action: Action, reason: Reason) {
        let labels = WriteLabels {
            kind: kind.as_str(),
            action: action_label(action),
            reason: reason_label(reason),
        };
        self.writes.get_or_create(&labels).inc();
    }

    /// One watch event came in.
    pub fn watch_event(&self, kind: &'static str) {
        self.watch_events.get_or_create(&KindLabels { kind }).inc();
    }

    /// One watch failed.
    pub fn watch_error(&self, kind: &'static str) {
        self.watch_errors.get_or_create(&KindLabels { kind }).inc();
    }

    /// How many injected pods there are of each Istio revision.
    pub fn injected(&self, pods: impl IntoIterator<Item = (Arc<str>, u32)>) {
        self.pods.clear();
        for (revision, pods) in pods {
            let labels = RevisionLabels {
                istio_revision: revision.to_string(),
            };
            self.pods.get_or_create(&labels).set(i64::from(pods));
        }
    }

    /// Whether this process leads and has everything in sight now.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// Everything in OpenMetrics text.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn action_label(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Patch => "patch",
        Action::Keep => "keep",
        Action::Prune => "prune",
    }
}

fn reason_label(reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => "missing",
        Reason::Changed => "changed",
        Reason::Drifted => "drifted",
        Reason::UpToDate => "up_to_date",
        Reason::Contested => "contested",
        Reason::Foreign => "foreign",
        Reason::Adopted => "adopted",
        Reason::Newer => "newer",
        Reason::Unwanted => "unwanted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_can_be_read_back() {
        let metrics = Metrics::default();
        metrics.wrote(Kind::Service, Action::Patch, Reason::Drifted);
        metrics.reconciled("sea", "ready", true, Duration::from_micros(300));
        let text = metrics.encode().unwrap();
        assert!(
            text.contains(
                r#"mainsheet_writes_total{kind="Service",action="patch",reason="drifted"} 1"#
            ),
            "{text}"
        );
        assert!(
            text.contains(r#"mainsheet_ready{installation="sea"} 1"#),
            "{text}"
        );
        metrics.injected([("canary".into(), 7)]);
        metrics.injected([("old".into(), 3)]);
        let pods = metrics.encode().unwrap();
        assert!(
            pods.contains(r#"mainsheet_injected_pods{istio_revision="old"} 3"#)
                && !pods.contains("canary"),
            "{pods}"
        );
        metrics.forget("sea");
        assert!(
            !metrics
                .encode()
                .unwrap()
                .contains(r#"mainsheet_ready{installation="sea"}"#)
        );
    }
}
