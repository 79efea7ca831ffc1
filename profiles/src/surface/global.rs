//! `global`: what several components share.

use super::Kind::{Bool, Count, Object, Objects, OneOf, Scalar, Scalars, Text, TextMap, Texts};
use super::{Entry, from, value};

pub(super) const ENTRIES: &[Entry] = &[
    value("global.hub", Text, "Registry and path of the images."),
    value("global.tag", Scalar, "Tag of the images."),
    value(
        "global.variant",
        Text,
        "Flavour of the images: distroless, debug, or none.",
    ),
    value("global.imagePullPolicy", Text, "When images are pulled."),
    value(
        "global.imagePullSecrets",
        Texts,
        "Secrets that images are pulled with.",
    ),
    value(
        "global.istioNamespace",
        Text,
        "Namespace of the control plane.",
    ),
    value(
        "global.platform",
        Text,
        "Kind of Kubernetes, which changes paths and rights.",
    ),
    value(
        "global.profile",
        Text,
        "Set of values to start from, as values.profile.",
    ),
    value(
        "global.resourceScope",
        OneOf(&["all", "cluster", "namespace"]),
        "Which objects are rendered: all, or only those of one scope.",
    ),
    value(
        "global.priorityClassName",
        Text,
        "Priority class of istiod and the gateways.",
    ),
    value(
        "global.defaultResources",
        Object,
        "Resources of containers that say none.",
    ),
    value(
        "global.defaultNodeSelector",
        Scalars,
        "Node labels that gateways need.",
    ),
    value(
        "global.defaultTolerations",
        Objects,
        "Tolerations of gateways that say none.",
    ),
    value(
        "global.arch",
        Object,
        "Weight of each processor architecture for gateways; 0 leaves it out.",
    ),
    value(
        "global.defaultPodDisruptionBudget.enabled",
        Bool,
        "Whether PodDisruptionBudgets are made where more than one pod runs.",
    ),
    value(
        "global.logging.level",
        Text,
        "Log scopes and levels, scope:level.",
    ),
    value("global.logAsJson", Bool, "Whether logs are JSON."),
    value(
        "global.configValidation",
        Bool,
        "Whether istiod validates Istio resources at admission.",
    ),
    value(
        "global.omitSidecarInjectorConfigMap",
        Bool,
        "Leaves the injector's ConfigMap out.",
    ),
    value(
        "global.operatorManageWebhooks",
        Bool,
        "Leaves the injection webhooks to somebody else.",
    ),
    value(
        "global.networkPolicy.enabled",
        Bool,
        "Whether NetworkPolicies are made for the components.",
    ),
    value(
        "global.nativeNftables",
        Bool,
        "Whether nftables is used in place of iptables.",
    ),
    value(
        "global.istiod.enableAnalysis",
        Bool,
        "Whether istiod writes analysis into the status of Istio resources.",
    ),
    from(
        30,
        "global.enableReaderRBAC",
        Bool,
        "Whether the role and account for reading from other clusters are made.",
    ),
    from(
        31,
        "global.readerServiceAccount.name",
        Text,
        "Account of one's own for reading from other clusters.",
    ),
    from(
        31,
        "global.readerServiceAccount.namespace",
        Text,
        "Namespace of that account.",
    ),
    value("global.meshID", Text, "Name of the mesh."),
    value("global.network", Text, "Network that the cluster is in."),
    value(
        "global.meshNetworks",
        Object,
        "Networks of the mesh, in the terms of MeshNetworks.",
    ),
    value(
        "global.multiCluster.clusterName",
        Text,
        "Name of the cluster in the mesh.",
    ),
    value(
        "global.multiCluster.enabled",
        Bool,
        "Says that the mesh has several clusters; the injector hands it on.",
    ),
    value(
        "global.caAddress",
        Text,
        "Address of the certificate authority, when it is not istiod.",
    ),
    value(
        "global.caName",
        Text,
        "Kind of certificate authority that proxies ask.",
    ),
    value(
        "global.certSigners",
        Texts,
        "Kubernetes signers that istiod may approve for.",
    ),
    value(
        "global.pilotCertProvider",
        Text,
        "Who signs istiod's certificate.",
    ),
    value(
        "global.mountMtlsCerts",
        Bool,
        "Whether certificates come from Secrets mounted into pods.",
    ),
    value(
        "global.trustBundleName",
        Text,
        "ConfigMap or trust bundle with the mesh's root.",
    ),
    value(
        "global.sds.token.aud",
        Text,
        "Audience of the tokens that proxies show to istiod.",
    ),
    value(
        "global.sts.servicePort",
        Count,
        "Port of the token service in proxies; 0 for none.",
    ),
    value(
        "global.remotePilotAddress",
        Text,
        "Address of the control plane that serves this cluster from elsewhere.",
    ),
    value(
        "global.externalIstiod",
        Bool,
        "Whether this control plane serves other clusters.",
    ),
    value(
        "global.configCluster",
        Bool,
        "Whether a remote control plane reads its configuration here.",
    ),
    value(
        "global.ipFamilyPolicy",
        Text,
        "IP family policy of the Service for a remote control plane.",
    ),
    value("global.ipFamilies", Texts, "IP families of that Service."),
    value(
        "global.jwtPolicy",
        Text,
        "Kind of token that proxies use; the injector hands it on.",
    ),
    from(
        29,
        "global.agentgateway.image",
        Text,
        "Image of agentgateway proxies.",
    ),
];

pub(super) const PROXY: &[Entry] = &[
    value(
        "global.proxy.image",
        Text,
        "Image of the proxy: a name, or a whole reference.",
    ),
    value(
        "global.proxy.variant",
        Text,
        "Flavour of the proxy's image.",
    ),
    value(
        "global.proxy.autoInject",
        OneOf(&["enabled", "disabled"]),
        "Whether pods are injected that do not say.",
    ),
    value(
        "global.proxy.clusterDomain",
        Text,
        "DNS domain of the cluster.",
    ),
    value("global.proxy.logLevel", Text, "Log level of Envoy."),
    value(
        "global.proxy.componentLogLevel",
        Text,
        "Log level of parts of Envoy.",
    ),
    value(
        "global.proxy.outlierLogPath",
        Text,
        "File for ejections of outliers.",
    ),
    value(
        "global.proxy.includeIPRanges",
        Text,
        "Addresses whose outbound traffic goes through the proxy.",
    ),
    value(
        "global.proxy.excludeIPRanges",
        Text,
        "Addresses whose outbound traffic does not.",
    ),
    value(
        "global.proxy.includeInboundPorts",
        Text,
        "Ports whose inbound traffic goes through the proxy.",
    ),
    value(
        "global.proxy.excludeInboundPorts",
        Text,
        "Ports whose inbound traffic does not.",
    ),
    value(
        "global.proxy.includeOutboundPorts",
        Text,
        "Ports whose outbound traffic goes through the proxy.",
    ),
    value(
        "global.proxy.excludeOutboundPorts",
        Text,
        "Ports whose outbound traffic does not.",
    ),
    value(
        "global.proxy.privileged",
        Bool,
        "Whether the proxy's container is privileged.",
    ),
    value(
        "global.proxy.seccompProfile",
        Object,
        "Seccomp profile of the proxy's container.",
    ),
    value(
        "global.proxy.lifecycle",
        Object,
        "Lifecycle hooks of the proxy's container.",
    ),
    value(
        "global.proxy.holdApplicationUntilProxyStarts",
        Bool,
        "Whether the application's containers wait for the proxy.",
    ),
    value(
        "global.proxy.statusPort",
        Count,
        "Port of the proxy's health and merged metrics; 0 for no probe.",
    ),
    value(
        "global.proxy.readinessInitialDelaySeconds",
        Count,
        "Seconds before the first readiness probe.",
    ),
    value(
        "global.proxy.readinessPeriodSeconds",
        Count,
        "Seconds between readiness probes.",
    ),
    value(
        "global.proxy.readinessFailureThreshold",
        Count,
        "Failed readiness probes until a proxy is unready.",
    ),
    value(
        "global.proxy.startupProbe.enabled",
        Bool,
        "Whether proxies have a startup probe.",
    ),
    value(
        "global.proxy.startupProbe.failureThreshold",
        Count,
        "Failed startup probes until a proxy is restarted.",
    ),
    value(
        "global.proxy.resources",
        Object,
        "Resources of the proxy's container.",
    ),
    value(
        "global.proxy.tracer",
        OneOf(&[
            "none",
            "zipkin",
            "lightstep",
            "datadog",
            "stackdriver",
            "openCensusAgent",
        ]),
        "Tracing system of proxies, the older way.",
    ),
    value(
        "global.proxy_init.image",
        Text,
        "Image of the init container: a name, or a whole reference.",
    ),
    value(
        "global.proxy_init.forceApplyIptables",
        Bool,
        "Whether rules are written even where they seem to be there.",
    ),
    value(
        "global.proxy_init.resources",
        Object,
        "Resources of the init container; the injector hands them on.",
    ),
    value(
        "global.tracer.zipkin.address",
        Text,
        "Address of the Zipkin collector.",
    ),
    value(
        "global.tracer.lightstep.address",
        Text,
        "Address of the Lightstep satellites.",
    ),
    value(
        "global.tracer.lightstep.accessToken",
        Text,
        "Token for Lightstep.",
    ),
    value(
        "global.tracer.datadog.address",
        Text,
        "Address of the Datadog agent.",
    ),
    value(
        "global.tracer.stackdriver.debug",
        Bool,
        "Whether traces go to standard output too.",
    ),
    value(
        "global.tracer.stackdriver.maxNumberOfAttributes",
        Count,
        "Attributes of a span at most.",
    ),
    value(
        "global.tracer.stackdriver.maxNumberOfAnnotations",
        Count,
        "Annotations of a span at most.",
    ),
    value(
        "global.tracer.stackdriver.maxNumberOfMessageEvents",
        Count,
        "Message events of a span at most.",
    ),
    value(
        "global.waypoint.resources",
        Object,
        "Resources of waypoints.",
    ),
    value("global.waypoint.affinity", Object, "Affinity of waypoints."),
    value(
        "global.waypoint.nodeSelector",
        TextMap,
        "Node labels that waypoints need.",
    ),
    value(
        "global.waypoint.tolerations",
        Objects,
        "Tolerations of waypoints.",
    ),
    value(
        "global.waypoint.topologySpreadConstraints",
        Objects,
        "Spread of waypoints over nodes and zones.",
    ),
];
