//! The annotations that Istio 1.28 to 1.31 knows.

/// How far an annotation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It may still change.
    Alpha,
    /// It changes no more.
    Settled,
    /// It is on its way out.
    Deprecated,
}

/// An annotation of Istio's.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) stage: Stage,
    /// Kinds that it is for; every kind when empty.
    pub(super) kinds: &'static [&'static str],
}

const fn known(name: &'static str, stage: Stage, kinds: &'static [&'static str]) -> Known {
    Known { name, stage, kinds }
}

use Stage::{Alpha, Deprecated, Settled};

/// All of them, by name.
pub(super) const KNOWN: &[Known] = &[
    known(
        "alpha.istio.io/canonical-serviceaccounts",
        Deprecated,
        &["Service"],
    ),
    known(
        "alpha.istio.io/kubernetes-serviceaccounts",
        Deprecated,
        &["Service"],
    ),
    known("ambient.istio.io/bypass-inbound-capture", Alpha, &["Pod"]),
    known("ambient.istio.io/dns-capture", Alpha, &["Pod"]),
    known("ambient.istio.io/redirection", Settled, &["Pod"]),
    known(
        "ambient.istio.io/waypoint-inbound-binding",
        Alpha,
        &["GatewayClass", "Gateway"],
    ),
    known("galley.istio.io/analyze-suppress", Alpha, &[]),
    known("gateway.istio.io/controller-version", Alpha, &[]),
    known("gateway.istio.io/name-override", Alpha, &["Gateway"]),
    known("gateway.istio.io/service-account", Alpha, &["Gateway"]),
    known("inject.istio.io/templates", Alpha, &["Pod"]),
    known("install.istio.io/ignoreReconcile", Alpha, &[]),
    known("install.operator.istio.io/chart-owner", Alpha, &[]),
    known("install.operator.istio.io/owner-generation", Alpha, &[]),
    known("install.operator.istio.io/version", Alpha, &[]),
    known("istio.io/autoRegistrationGroup", Alpha, &["WorkloadEntry"]),
    known("istio.io/connectedAt", Alpha, &["WorkloadEntry"]),
    known("istio.io/disconnectedAt", Alpha, &["WorkloadEntry"]),
    known("istio.io/dry-run", Alpha, &["AuthorizationPolicy"]),
    known("istio.io/reroute-virtual-interfaces", Alpha, &["Pod"]),
    known("istio.io/rev", Alpha, &["Pod"]),
    known("istio.io/workloadController", Alpha, &["WorkloadEntry"]),
    known("kubernetes.io/ingress.class", Settled, &["Ingress"]),
    known("networking.istio.io/exportTo", Alpha, &["Service"]),
    known("networking.istio.io/service-type", Alpha, &["Gateway"]),
    known(
        "networking.istio.io/traffic-distribution",
        Alpha,
        &["Namespace", "Service", "ServiceEntry"],
    ),
    known("prometheus.istio.io/merge-metrics", Alpha, &["Pod"]),
    known("prometheus.istio.io/scrape-targets", Alpha, &["Pod"]),
    known("proxy.istio.io/config", Settled, &["Pod"]),
    known("proxy.istio.io/overrides", Alpha, &["Pod"]),
    known(
        "readiness.status.sidecar.istio.io/applicationPorts",
        Alpha,
        &["Pod"],
    ),
    known(
        "readiness.status.sidecar.istio.io/failureThreshold",
        Alpha,
        &["Pod"],
    ),
    known(
        "readiness.status.sidecar.istio.io/initialDelaySeconds",
        Alpha,
        &["Pod"],
    ),
    known(
        "readiness.status.sidecar.istio.io/periodSeconds",
        Alpha,
        &["Pod"],
    ),
    known("sidecar.istio.io/agentLogLevel", Alpha, &["Pod"]),
    known("sidecar.istio.io/bootstrapOverride", Alpha, &["Pod"]),
    known("sidecar.istio.io/componentLogLevel", Alpha, &["Pod"]),
    known("sidecar.istio.io/discoveryAddress", Deprecated, &["Pod"]),
    known("sidecar.istio.io/extraStatTags", Deprecated, &["Pod"]),
    known("sidecar.istio.io/inject", Deprecated, &["Pod"]),
    known("sidecar.istio.io/interceptionMode", Alpha, &["Pod"]),
    known("sidecar.istio.io/logLevel", Alpha, &["Pod"]),
    known("sidecar.istio.io/nativeSidecar", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyCPU", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyCPULimit", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyImage", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyImageType", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyMemory", Alpha, &["Pod"]),
    known("sidecar.istio.io/proxyMemoryLimit", Alpha, &["Pod"]),
    known("sidecar.istio.io/rewriteAppHTTPProbers", Alpha, &["Pod"]),
    known("sidecar.istio.io/statsCompression", Deprecated, &["Pod"]),
    known("sidecar.istio.io/statsEvictionInterval", Alpha, &["Pod"]),
    known("sidecar.istio.io/statsFlushInterval", Alpha, &["Pod"]),
    known("sidecar.istio.io/statsHistogramBins", Alpha, &["Pod"]),
    known("sidecar.istio.io/statsHistogramBuckets", Alpha, &["Pod"]),
    known(
        "sidecar.istio.io/statsInclusionPrefixes",
        Deprecated,
        &["Pod"],
    ),
    known(
        "sidecar.istio.io/statsInclusionRegexps",
        Deprecated,
        &["Pod"],
    ),
    known(
        "sidecar.istio.io/statsInclusionSuffixes",
        Deprecated,
        &["Pod"],
    ),
    known("sidecar.istio.io/status", Alpha, &["Pod"]),
    known("sidecar.istio.io/userVolume", Alpha, &["Pod"]),
    known("sidecar.istio.io/userVolumeMount", Alpha, &["Pod"]),
    known("status.sidecar.istio.io/port", Alpha, &["Pod"]),
    known(
        "topology.istio.io/controlPlaneClusters",
        Alpha,
        &["Namespace"],
    ),
    known("traffic.istio.io/nodeSelector", Settled, &["Service"]),
    known(
        "traffic.sidecar.istio.io/excludeInboundPorts",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/excludeInterfaces",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/excludeOutboundIPRanges",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/excludeOutboundPorts",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/includeInboundPorts",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/includeOutboundIPRanges",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/includeOutboundPorts",
        Alpha,
        &["Pod"],
    ),
    known(
        "traffic.sidecar.istio.io/kubevirtInterfaces",
        Deprecated,
        &["Pod"],
    ),
];

/// The annotation of this name.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    let at = KNOWN.binary_search_by(|known| known.name.cmp(name));
    at.ok().map(|at| &KNOWN[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_so_that_each_is_found() {
        assert!(KNOWN.is_sorted_by(|a, b| a.name < b.name));
        assert!(KNOWN.iter().all(|one| find(one.name).is_some()));
    }
}
