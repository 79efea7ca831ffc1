//! `gateways`: the ingress and egress gateways, and what all gateways share.

use super::Kind::{
    Bool, Count, CountOrShare, Object, Objects, Scalar, Scalars, Text, TextMap, Texts,
};
use super::{Entry, value};

#[rustfmt::skip]
pub(super) const SHARED: &[Entry] = &[
    value("gateways.securityContext", Object, "Security context of injected gateways."),
    value("gateways.seccompProfile", Object, "Seccomp profile of injected gateways."),
];

/// Under `gateways.istio-ingressgateway` and `gateways.istio-egressgateway`. They hold for every
/// gateway of the kind.
#[rustfmt::skip]
pub(super) const EACH: &[Entry] = &[
    value("enabled", Bool, "Turns every gateway of the kind on, whatever its component says."),
    value("name", Text, "Kept for conversion: the name is the component's."),
    value("labels", TextMap, "Kept for conversion: the labels are the component's."),
    value("tag", Scalar, "Tag of the image."),
    value("hub", Text, "Kept for conversion: the registry is global.hub."),
    value("type", Text, "Type of the Service."),
    value("ports", Objects, "Ports of the Service and the pods."),
    value("customService", Bool, "Leaves the Service to somebody else."),
    value("ipFamilyPolicy", Text, "IP family policy of the Service."),
    value("ipFamilies", Texts, "IP families of the Service."),
    value("loadBalancerIP", Text, "Address asked of the load balancer."),
    value("loadBalancerSourceRanges", Texts, "Addresses that the load balancer lets in."),
    value("externalTrafficPolicy", Text, "Whether outside traffic stays on its node."),
    value("serviceAnnotations", Scalars, "Annotations of the Service."),
    value("serviceAccount.annotations", Scalars, "Annotations of the ServiceAccount."),
    value("podAnnotations", Scalars, "More annotations of the pods."),
    value("replicaCount", Count, "Number of pods, where no autoscaler decides."),
    value("autoscaleEnabled", Bool, "Whether an autoscaler decides the number of pods."),
    value("autoscaleMin", Count, "Pods at least."),
    value("autoscaleMax", Count, "Pods at most."),
    value("cpu.targetAverageUtilization", Count, "Use of CPU, in percent, that the autoscaler aims at."),
    value("memory", Object, "Kept for conversion: the autoscaler looks at CPU."),
    value("rollingMaxSurge", CountOrShare, "Pods above the number during a rollout."),
    value("rollingMaxUnavailable", CountOrShare, "Pods below the number during a rollout."),
    value("resources", Object, "Resources of the proxy."),
    value("env", Scalars, "Environment variables of the proxy."),
    value("secretVolumes", Objects, "Secrets that are mounted."),
    value("configVolumes", Objects, "ConfigMaps that are mounted."),
    value("additionalContainers", Objects, "More containers of the pods."),
    value("nodeSelector", Scalars, "Node labels that pods need."),
    value("tolerations", Objects, "Tolerations of the pods."),
    value("podAntiAffinityLabelSelector", Objects, "Pods that must not be on the same node."),
    value("podAntiAffinityTermLabelSelector", Objects, "Pods that had better not be on the same node."),
    value("runAsRoot", Bool, "Whether the proxy runs as root, to listen on low ports."),
    value("injectionTemplate", Text, "Injection template that makes the pod, in place of a whole one."),
];

pub(super) const INGRESS: &[Entry] =
    &[value("ingressPorts", Objects, "More ports of the Service.")];

pub(super) const EGRESS: &[Entry] = &[value("egressPorts", Objects, "More ports of the Service.")];
