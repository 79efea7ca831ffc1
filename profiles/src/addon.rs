//! Observability tools beside the mesh: which there are, and which names they take.

use mainsheet_crds::installation as api;
use serde::{Deserialize, Serialize};

/// An observability tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Addon {
    /// Metrics.
    Prometheus,
    /// Logs.
    Loki,
    /// Traces.
    Jaeger,
    /// Traces, the older way.
    Zipkin,
    /// Dashboards.
    Grafana,
    /// The mesh as a graph.
    Kiali,
}

/// Images of the tools, whole references: they come from their own projects, so the registry of
/// Istio's images (`spec.hub`) is not theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Prometheus.
    pub prometheus: &'static str,
    /// Loki.
    pub loki: &'static str,
    /// Jaeger.
    pub jaeger: &'static str,
    /// Zipkin.
    pub zipkin: &'static str,
    /// Grafana.
    pub grafana: &'static str,
    /// Kiali.
    pub kiali: &'static str,
}

// === impl Addon ===

impl Addon {
    /// Every tool; those that read another's data after it.
    pub const ALL: [Self; 6] = [
        Self::Prometheus,
        Self::Loki,
        Self::Jaeger,
        Self::Zipkin,
        Self::Grafana,
        Self::Kiali,
    ];

    /// Its name: in the spec, and of its objects.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Loki => "loki",
            Self::Jaeger => "jaeger",
            Self::Zipkin => "zipkin",
            Self::Grafana => "grafana",
            Self::Kiali => "kiali",
        }
    }

    /// As it is known as a component.
    pub(crate) const fn component(self) -> &'static str {
        match self {
            Self::Prometheus => "addon-prometheus",
            Self::Loki => "addon-loki",
            Self::Jaeger => "addon-jaeger",
            Self::Zipkin => "addon-zipkin",
            Self::Grafana => "addon-grafana",
            Self::Kiali => "addon-kiali",
        }
    }

    /// Names of its workload and Services.
    pub(crate) const fn claims(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus => &["prometheus"],
            Self::Loki => &["loki", "loki-headless"],
            Self::Jaeger => &["jaeger", "tracing", "zipkin", "jaeger-collector"],
            Self::Zipkin => &["zipkin", "tracing"],
            Self::Grafana => &["grafana"],
            Self::Kiali => &["kiali"],
        }
    }

    /// What a spec says about it.
    pub(crate) const fn given(self, addons: &api::Addons) -> Option<&api::Addon> {
        match self {
            Self::Prometheus => addons.prometheus.as_ref(),
            Self::Loki => addons.loki.as_ref(),
            Self::Jaeger => addons.jaeger.as_ref(),
            Self::Zipkin => addons.zipkin.as_ref(),
            Self::Grafana => addons.grafana.as_ref(),
            Self::Kiali => addons.kiali.as_ref(),
        }
    }
}

// === impl Images ===

impl Images {
    /// The image of a tool.
    pub const fn of(&self, addon: Addon) -> &'static str {
        match addon {
            Addon::Prometheus => self.prometheus,
            Addon::Loki => self.loki,
            Addon::Jaeger => self.jaeger,
            Addon::Zipkin => self.zipkin,
            Addon::Grafana => self.grafana,
            Addon::Kiali => self.kiali,
        }
    }
}
