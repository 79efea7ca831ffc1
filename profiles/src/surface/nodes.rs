//! `cni` and `ztunnel`: the agents on every node.

use super::Kind::{Bool, Count, Object, Objects, OneOf, Scalar, Scalars, Text, Texts};
use super::{Entry, from, value};

pub(super) const CNI: &[Entry] = &[
    value("cni.hub", Text, "Registry and path of the image."),
    value("cni.tag", Scalar, "Tag of the image."),
    value("cni.variant", Text, "Flavour of the image."),
    value("cni.image", Text, "Image: a name, or a whole reference."),
    value("cni.pullPolicy", Text, "When the image is pulled."),
    value("cni.logging.level", Text, "Log scopes and levels."),
    value("cni.cniBinDir", Text, "Folder of CNI plugins on nodes."),
    value(
        "cni.cniConfDir",
        Text,
        "Folder of CNI configuration on nodes.",
    ),
    value(
        "cni.cniConfFileName",
        Text,
        "File that the plugin is written into.",
    ),
    value(
        "cni.cniNetnsDir",
        Text,
        "Folder of network namespaces on nodes.",
    ),
    value(
        "cni.chained",
        Bool,
        "Whether the plugin is added to another's list.",
    ),
    value(
        "cni.provider",
        OneOf(&["default", "multus"]),
        "How the plugin is called.",
    ),
    value(
        "cni.istioOwnedCNIConfig",
        Bool,
        "Whether the list of plugins is a file of its own.",
    ),
    value(
        "cni.istioOwnedCNIConfigFileName",
        Text,
        "Name of that file.",
    ),
    value(
        "cni.excludeNamespaces",
        Texts,
        "Namespaces that are left alone.",
    ),
    value(
        "cni.ambient.enabled",
        Bool,
        "Whether pods are taken into ambient mode.",
    ),
    value(
        "cni.ambient.enablementSelectors",
        Objects,
        "Pods that are in ambient mode.",
    ),
    value(
        "cni.ambient.configDir",
        Text,
        "Kept for conversion: nothing reads it.",
    ),
    value(
        "cni.ambient.dnsCapture",
        Bool,
        "Whether ztunnel answers DNS.",
    ),
    value(
        "cni.ambient.ipv6",
        Bool,
        "Whether rules are written for IPv6.",
    ),
    value(
        "cni.ambient.reconcileIptablesOnStartup",
        Bool,
        "Whether rules in pods are put right at start.",
    ),
    value(
        "cni.ambient.shareHostNetworkNamespace",
        Bool,
        "Whether the agent runs in the node's network namespace.",
    ),
    value(
        "cni.ambient.enableAmbientDetectionRetry",
        Bool,
        "Whether finding out a pod's mode is tried again.",
    ),
    value(
        "cni.repair.enabled",
        Bool,
        "Whether pods that came up without rules are dealt with.",
    ),
    value(
        "cni.repair.labelPods",
        Bool,
        "Whether such pods are labelled.",
    ),
    value(
        "cni.repair.deletePods",
        Bool,
        "Whether such pods are deleted.",
    ),
    value(
        "cni.repair.repairPods",
        Bool,
        "Whether such pods are repaired.",
    ),
    value(
        "cni.repair.initContainerName",
        Text,
        "Init container by which such pods are known.",
    ),
    value("cni.repair.brokenPodLabelKey", Text, "Label of such pods."),
    value(
        "cni.repair.brokenPodLabelValue",
        Text,
        "Value of that label.",
    ),
    value("cni.affinity", Object, "Affinity of the agent."),
    value("cni.tolerations", Objects, "Tolerations of the agent."),
    value(
        "cni.daemonSetLabels",
        Scalars,
        "More labels of the DaemonSet.",
    ),
    value("cni.podLabels", Scalars, "More labels of the pods."),
    value(
        "cni.podAnnotations",
        Scalars,
        "More annotations of the pods.",
    ),
    value("cni.env", Scalars, "Environment variables of the agent."),
    value(
        "cni.seccompProfile",
        Object,
        "Seccomp profile of the agent.",
    ),
    value(
        "cni.seLinuxOptions",
        Object,
        "SELinux options of the agent.",
    ),
    from(
        30,
        "cni.useAppArmorAnnotation",
        Bool,
        "Whether AppArmor is told by annotation, for old Kubernetes.",
    ),
    value("cni.resources", Object, "Resources of the agent."),
    value(
        "cni.resourceQuotas.enabled",
        Bool,
        "Whether a ResourceQuota lets the agent's priority class in.",
    ),
    value("cni.resourceQuotas.pods", Count, "Pods in that quota."),
    value(
        "cni.updateStrategy",
        Object,
        "Update strategy of the DaemonSet.",
    ),
    from(
        29,
        "cni.terminationGracePeriodSeconds",
        Count,
        "Seconds that the agent has to clean up.",
    ),
];

pub(super) const ZTUNNEL: &[Entry] = &[
    value("ztunnel.hub", Text, "Registry and path of the image."),
    value("ztunnel.tag", Scalar, "Tag of the image."),
    value("ztunnel.variant", Text, "Flavour of the image."),
    value(
        "ztunnel.image",
        Text,
        "Image: a name, or a whole reference.",
    ),
    value("ztunnel.imagePullPolicy", Text, "When the image is pulled."),
    value(
        "ztunnel.imagePullSecrets",
        Texts,
        "Secrets that the image is pulled with.",
    ),
    value("ztunnel.resourceName", Text, "Name of the objects."),
    value(
        "ztunnel.revision",
        Text,
        "Revision of the istiod that serves it.",
    ),
    value(
        "ztunnel.istioNamespace",
        Text,
        "Namespace of the istiod that serves it.",
    ),
    value(
        "ztunnel.resourceScope",
        OneOf(&["all", "cluster", "namespace"]),
        "Which objects are rendered.",
    ),
    value("ztunnel.platform", Text, "Kind of Kubernetes."),
    value("ztunnel.labels", Scalars, "More labels of the objects."),
    value(
        "ztunnel.annotations",
        Scalars,
        "Annotations of the objects.",
    ),
    value("ztunnel.podLabels", Scalars, "More labels of the pods."),
    value(
        "ztunnel.podAnnotations",
        Scalars,
        "More annotations of the pods.",
    ),
    value(
        "ztunnel.nodeSelector",
        Scalars,
        "More node labels that it needs.",
    ),
    value("ztunnel.affinity", Object, "Affinity."),
    value("ztunnel.tolerations", Objects, "Tolerations."),
    value("ztunnel.resources", Object, "Resources."),
    value(
        "ztunnel.resourceQuotas.enabled",
        Bool,
        "Whether a ResourceQuota lets its priority class in.",
    ),
    value("ztunnel.resourceQuotas.pods", Count, "Pods in that quota."),
    value("ztunnel.seLinuxOptions", Object, "SELinux options."),
    value("ztunnel.env", Scalars, "Environment variables."),
    value("ztunnel.volumes", Objects, "More volumes."),
    value("ztunnel.volumeMounts", Objects, "More volume mounts."),
    value("ztunnel.logLevel", Text, "Log level."),
    value("ztunnel.logAsJson", Bool, "Whether logs are JSON."),
    value("ztunnel.network", Text, "Network that the cluster is in."),
    value(
        "ztunnel.multiCluster.clusterName",
        Text,
        "Name of the cluster in the mesh.",
    ),
    value(
        "ztunnel.caAddress",
        Text,
        "Address of the certificate authority.",
    ),
    value("ztunnel.xdsAddress", Text, "Address of the control plane."),
    value(
        "ztunnel.trustBundleName",
        Text,
        "ConfigMap or trust bundle with the mesh's root.",
    ),
    from(
        29,
        "ztunnel.peerCaCrl.enabled",
        Bool,
        "Whether certificates are checked against a revocation list.",
    ),
    value(
        "ztunnel.meshConfig.defaultConfig.proxyMetadata",
        Scalars,
        "Environment variables, as MeshConfig names them.",
    ),
    value(
        "ztunnel.terminationGracePeriodSeconds",
        Count,
        "Seconds that connections have to end.",
    ),
    value(
        "ztunnel.updateStrategy",
        Object,
        "Update strategy of the DaemonSet.",
    ),
    from(30, "ztunnel.dnsPolicy", Text, "DNS policy of the pods."),
    from(
        30,
        "ztunnel.dnsConfig",
        Object,
        "DNS configuration of the pods.",
    ),
];
