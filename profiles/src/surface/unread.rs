//! Values that upstream's schema still has and that nothing reads any more. Files that carry them are
//! taken as they are; a mesh comes out the same without them.

use super::Kind::{Bool, CountOrShare, Object, Objects, Scalar, Text, Texts};
use super::{Entry, value};

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    value("base.validateGateway", Bool, "Kept for conversion: nothing reads it."),
    value("cni.enabled", Bool, "Kept for conversion: spec.components.cni says it."),
    value("cni.logLevel", Text, "Kept for conversion: cni.logging.level says it."),
    value("cni.privileged", Bool, "Kept for conversion: nothing reads it."),
    value("cni.psp_cluster_role", Text, "Kept for conversion: nothing reads it."),
    value("cni.repair.createEvents", Text, "Kept for conversion: nothing reads it."),
    value("cni.repair.hub", Text, "Kept for conversion: the agent has one image."),
    value("cni.repair.image", Text, "Kept for conversion: the agent has one image."),
    value("cni.repair.tag", Scalar, "Kept for conversion: the agent has one image."),
    value("cni.rollingMaxUnavailable", CountOrShare, "Kept for conversion: cni.updateStrategy says it."),
    value("gateways.enabled", Bool, "Kept for conversion: spec.components says it."),
    value("global.multiCluster.globalDomainSuffix", Text, "Kept for conversion: nothing reads it."),
    value("global.multiCluster.includeEnvoyFilter", Bool, "Kept for conversion: nothing reads it."),
    value("global.podDNSSearchNamespaces", Texts, "Kept for conversion: nothing reads it."),
    value("global.proxy.enableCoreDump", Bool, "Kept for conversion: nothing reads it."),
    value("global.revision", Text, "Kept for conversion: spec.revision says it."),
    value("global.waypoint.toleration", Objects, "Kept for conversion: global.waypoint.tolerations says it."),
    value("istio_cni.chained", Bool, "Kept for conversion: cni.chained says it."),
    value("istio_cni.enabled", Bool, "Kept for conversion: spec.components.cni says it."),
    value("istio_cni.provider", Text, "Kept for conversion: cni.provider says it."),
    value("pilot.cni.chained", Bool, "Kept for conversion: cni.chained says it."),
    value("pilot.enabled", Bool, "Kept for conversion: spec.components.pilot says it."),
    value("pilot.istiodRemote", Object, "Kept for conversion: istiodRemote says it."),
    value("sidecarInjectorWebhook.injectionURL", Text, "Kept for conversion: istiodRemote.injectionURL says it."),
];
