//! `pilot`: istiod.

use super::Kind::{
    Bool, Count, CountOrShare, List, Number, Object, Objects, OneOf, Scalar, Scalars, Text, Texts,
};
use super::{Entry, from, value};

pub(super) const ENTRIES: &[Entry] = &[
    value("pilot.hub", Text, "Registry and path of istiod's image."),
    value("pilot.tag", Scalar, "Tag of istiod's image."),
    value("pilot.variant", Text, "Flavour of istiod's image."),
    value(
        "pilot.image",
        Text,
        "Image of istiod: a name, or a whole reference.",
    ),
    value(
        "pilot.replicaCount",
        Count,
        "Number of pods, where no autoscaler decides.",
    ),
    value(
        "pilot.autoscaleEnabled",
        Bool,
        "Whether an autoscaler decides the number of pods.",
    ),
    value("pilot.autoscaleMin", Count, "Pods at least."),
    value("pilot.autoscaleMax", Count, "Pods at most."),
    value(
        "pilot.autoscaleBehavior",
        Object,
        "Scaling behavior of the autoscaler.",
    ),
    value(
        "pilot.cpu.targetAverageUtilization",
        Count,
        "Use of CPU, in percent, that the autoscaler aims at.",
    ),
    value(
        "pilot.memory.targetAverageUtilization",
        Count,
        "Use of memory, in percent, that the autoscaler aims at.",
    ),
    value(
        "pilot.rollingMaxSurge",
        CountOrShare,
        "Pods above the number during a rollout.",
    ),
    value(
        "pilot.rollingMaxUnavailable",
        CountOrShare,
        "Pods below the number during a rollout.",
    ),
    value(
        "pilot.pdb.minAvailable",
        CountOrShare,
        "Pods that a disruption must leave.",
    ),
    value(
        "pilot.pdb.maxUnavailable",
        CountOrShare,
        "Pods that a disruption may take.",
    ),
    value(
        "pilot.pdb.unhealthyPodEvictionPolicy",
        Text,
        "When unready pods may be evicted.",
    ),
    value("pilot.resources", Object, "Resources of istiod."),
    value(
        "pilot.nodeSelector",
        Scalars,
        "Node labels that istiod needs.",
    ),
    value("pilot.affinity", Object, "Affinity of istiod."),
    value(
        "pilot.tolerations",
        Objects,
        "Tolerations of istiod, beside that of its own taint.",
    ),
    value(
        "pilot.topologySpreadConstraints",
        Objects,
        "Spread of istiod over nodes and zones.",
    ),
    value("pilot.seccompProfile", Object, "Seccomp profile of istiod."),
    value(
        "pilot.deploymentLabels",
        Scalars,
        "More labels of the Deployment.",
    ),
    value(
        "pilot.deploymentAnnotations",
        Scalars,
        "Annotations of the Deployment.",
    ),
    value("pilot.podLabels", Scalars, "More labels of the pods."),
    value(
        "pilot.podAnnotations",
        Scalars,
        "More annotations of the pods.",
    ),
    value(
        "pilot.serviceAnnotations",
        Scalars,
        "Annotations of the Service.",
    ),
    value(
        "pilot.serviceAccountAnnotations",
        Scalars,
        "Annotations of the ServiceAccount.",
    ),
    value(
        "pilot.sidecarInjectorWebhookAnnotations",
        Scalars,
        "Annotations of the injection webhooks.",
    ),
    value(
        "pilot.ipFamilyPolicy",
        Text,
        "IP family policy of the Service.",
    ),
    value("pilot.ipFamilies", Texts, "IP families of the Service."),
    value(
        "pilot.trafficDistribution",
        Text,
        "Which endpoints of the Service are preferred.",
    ),
    value(
        "pilot.initContainers",
        Objects,
        "Init containers of istiod.",
    ),
    value("pilot.volumes", Objects, "More volumes of istiod."),
    value(
        "pilot.volumeMounts",
        Objects,
        "More volume mounts of istiod.",
    ),
    value(
        "pilot.extraContainerArgs",
        List,
        "More arguments of istiod.",
    ),
    value("pilot.env", Scalars, "Environment variables of istiod."),
    value(
        "pilot.envVarFrom",
        Objects,
        "Environment variables of istiod with a source.",
    ),
    from(
        31,
        "pilot.terminationMessagePolicy",
        Text,
        "Where a termination message comes from.",
    ),
    value(
        "pilot.traceSampling",
        Number,
        "Share of requests that are traced, in percent.",
    ),
    value(
        "pilot.keepaliveMaxServerConnectionAge",
        Text,
        "How long a proxy stays connected to one istiod.",
    ),
    value(
        "pilot.configMap",
        Bool,
        "Whether the mesh's ConfigMap is made.",
    ),
    value(
        "pilot.jwksResolverExtraRootCA",
        Text,
        "Roots, in PEM, that key servers for JWTs are trusted by.",
    ),
    from(
        29,
        "pilot.crlConfigMapName",
        Text,
        "ConfigMap with the revocation list of the authority.",
    ),
    value(
        "pilot.cni.enabled",
        Bool,
        "Whether injected pods rely on istio-cni.",
    ),
    value(
        "pilot.cni.provider",
        OneOf(&["default", "multus"]),
        "How istio-cni is called.",
    ),
    value(
        "pilot.taint.enabled",
        Bool,
        "Whether istiod takes the taint off nodes where istio-cni is ready.",
    ),
    value("pilot.taint.namespace", Text, "Namespace of istio-cni."),
    from(30, "pilot.taint.name", Text, "Key of the taint."),
    value(
        "pilot.trustedZtunnelNamespace",
        Text,
        "Namespace of the ztunnel that may ask for others' certificates.",
    ),
    value("pilot.trustedZtunnelName", Text, "Account of that ztunnel."),
];
