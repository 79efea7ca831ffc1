//! `meshConfig`: the settings of the whole mesh, by Istio's MeshConfig; objects in it are handed on.

use super::Kind::{Any, Bool, Count, List, Object, Scalars, Text, Texts};
use super::{Entry, value};

pub(super) const ENTRIES: &[Entry] = &[
    value(
        "meshConfig.proxyListenPort",
        Count,
        "Port of outbound traffic in proxies.",
    ),
    value(
        "meshConfig.proxyInboundListenPort",
        Count,
        "Port of inbound traffic in proxies.",
    ),
    value(
        "meshConfig.proxyHttpPort",
        Count,
        "Port of the HTTP proxy in proxies.",
    ),
    value(
        "meshConfig.connectTimeout",
        Text,
        "Timeout of TCP connections.",
    ),
    value(
        "meshConfig.hboneIdleTimeout",
        Text,
        "How long an idle HBONE connection is kept.",
    ),
    value(
        "meshConfig.protocolDetectionTimeout",
        Text,
        "How long a protocol is guessed at.",
    ),
    value(
        "meshConfig.tcpKeepalive",
        Object,
        "Keepalive of TCP connections.",
    ),
    value(
        "meshConfig.ingressClass",
        Text,
        "Class of Ingresses that are served.",
    ),
    value(
        "meshConfig.ingressService",
        Text,
        "Service that serves Ingresses.",
    ),
    value(
        "meshConfig.ingressControllerMode",
        Any,
        "Which Ingresses are served.",
    ),
    value(
        "meshConfig.ingressSelector",
        Text,
        "Gateways that serve Ingresses.",
    ),
    value(
        "meshConfig.enableTracing",
        Bool,
        "Whether requests are traced.",
    ),
    value("meshConfig.accessLogFile", Text, "File of access logs."),
    value("meshConfig.accessLogFormat", Text, "Format of access logs."),
    value(
        "meshConfig.accessLogEncoding",
        Any,
        "Encoding of access logs: TEXT or JSON.",
    ),
    value(
        "meshConfig.enableEnvoyAccessLogService",
        Bool,
        "Whether access logs go to a service.",
    ),
    value(
        "meshConfig.disableEnvoyListenerLog",
        Bool,
        "Whether listeners write no access log.",
    ),
    value(
        "meshConfig.outboundTrafficPolicy",
        Object,
        "What happens to traffic for unknown hosts.",
    ),
    value(
        "meshConfig.inboundTrafficPolicy",
        Object,
        "What happens to traffic for unknown ports.",
    ),
    value(
        "meshConfig.configSources",
        List,
        "Where istiod reads configuration.",
    ),
    value(
        "meshConfig.enableAutoMtls",
        Bool,
        "Whether mutual TLS is used where both sides can.",
    ),
    value("meshConfig.trustDomain", Text, "Trust domain of workloads."),
    value(
        "meshConfig.trustDomainAliases",
        Texts,
        "Other names of the trust domain.",
    ),
    value(
        "meshConfig.caCertificates",
        List,
        "More roots that proxies trust.",
    ),
    value(
        "meshConfig.defaultServiceExportTo",
        Texts,
        "Namespaces that see Services that do not say.",
    ),
    value(
        "meshConfig.defaultVirtualServiceExportTo",
        Texts,
        "Namespaces that see VirtualServices that do not say.",
    ),
    value(
        "meshConfig.defaultDestinationRuleExportTo",
        Texts,
        "Namespaces that see DestinationRules that do not say.",
    ),
    value(
        "meshConfig.rootNamespace",
        Text,
        "Namespace of resources for the whole mesh.",
    ),
    value(
        "meshConfig.localityLbSetting",
        Object,
        "Load balancing by locality.",
    ),
    value(
        "meshConfig.zoneAwareLbSetting",
        Object,
        "Load balancing by zone.",
    ),
    value("meshConfig.dnsRefreshRate", Text, "How often DNS is asked."),
    value(
        "meshConfig.h2UpgradePolicy",
        Any,
        "Whether HTTP is upgraded to version 2.",
    ),
    value(
        "meshConfig.inboundClusterStatName",
        Text,
        "Names of inbound clusters in statistics.",
    ),
    value(
        "meshConfig.outboundClusterStatName",
        Text,
        "Names of outbound clusters in statistics.",
    ),
    value(
        "meshConfig.certificates",
        List,
        "Certificates that istiod makes.",
    ),
    value(
        "meshConfig.serviceSettings",
        List,
        "Settings of groups of services.",
    ),
    value(
        "meshConfig.serviceScopeConfigs",
        List,
        "Which services other clusters see.",
    ),
    value(
        "meshConfig.enablePrometheusMerge",
        Bool,
        "Whether proxies serve the application's metrics with their own.",
    ),
    value(
        "meshConfig.verifyCertificateAtClient",
        Bool,
        "Whether clients check certificates.",
    ),
    value("meshConfig.ca", Object, "Certificate authority elsewhere."),
    value(
        "meshConfig.extensionProviders",
        List,
        "Providers of telemetry and authorization.",
    ),
    value(
        "meshConfig.defaultProviders",
        Object,
        "Providers that are used by default.",
    ),
    value(
        "meshConfig.discoverySelectors",
        List,
        "Namespaces that istiod looks at.",
    ),
    value(
        "meshConfig.pathNormalization",
        Object,
        "How paths are normalized.",
    ),
    value(
        "meshConfig.defaultHttpRetryPolicy",
        Object,
        "Retries of routes that do not say.",
    ),
    value("meshConfig.meshMTLS", Object, "TLS between workloads."),
    value("meshConfig.tlsDefaults", Object, "TLS with others."),
    value(
        "meshConfig.defaultTrafficPolicy",
        Object,
        "Traffic policy of hosts that have none.",
    ),
    value(
        "meshConfig.serviceEntryVisibility",
        Object,
        "Who sees ServiceEntries.",
    ),
    value(
        "meshConfig.defaultConfig.configPath",
        Text,
        "Folder of generated configuration.",
    ),
    value(
        "meshConfig.defaultConfig.binaryPath",
        Text,
        "Path of Envoy.",
    ),
    value(
        "meshConfig.defaultConfig.drainDuration",
        Text,
        "How long connections drain on a restart.",
    ),
    value(
        "meshConfig.defaultConfig.terminationDrainDuration",
        Text,
        "How long connections drain at the end.",
    ),
    value(
        "meshConfig.defaultConfig.discoveryAddress",
        Text,
        "Address of the control plane.",
    ),
    value(
        "meshConfig.defaultConfig.discoveryRefreshDelay",
        Text,
        "Delay of polling.",
    ),
    value(
        "meshConfig.defaultConfig.zipkinAddress",
        Text,
        "Address of Zipkin.",
    ),
    value(
        "meshConfig.defaultConfig.statsdUdpAddress",
        Text,
        "Address of statsd.",
    ),
    value(
        "meshConfig.defaultConfig.envoyMetricsServiceAddress",
        Text,
        "Address of a metrics service.",
    ),
    value(
        "meshConfig.defaultConfig.envoyMetricsService",
        Object,
        "Metrics service.",
    ),
    value(
        "meshConfig.defaultConfig.envoyAccessLogService",
        Object,
        "Access log service.",
    ),
    value(
        "meshConfig.defaultConfig.proxyAdminPort",
        Count,
        "Port of Envoy's administration.",
    ),
    value(
        "meshConfig.defaultConfig.availabilityZone",
        Text,
        "Zone of the proxy.",
    ),
    value(
        "meshConfig.defaultConfig.controlPlaneAuthPolicy",
        Any,
        "How the control plane is authenticated.",
    ),
    value(
        "meshConfig.defaultConfig.customConfigFile",
        Text,
        "Bootstrap file of one's own.",
    ),
    value(
        "meshConfig.defaultConfig.proxyBootstrapTemplatePath",
        Text,
        "Template of the bootstrap file.",
    ),
    value(
        "meshConfig.defaultConfig.statNameLength",
        Count,
        "Longest name in statistics.",
    ),
    value(
        "meshConfig.defaultConfig.concurrency",
        Count,
        "Worker threads.",
    ),
    value(
        "meshConfig.defaultConfig.interceptionMode",
        Any,
        "How traffic is redirected.",
    ),
    value("meshConfig.defaultConfig.tracing", Object, "Tracing."),
    value("meshConfig.defaultConfig.sds", Object, "Secret discovery."),
    value(
        "meshConfig.defaultConfig.proxyMetadata",
        Scalars,
        "Environment variables of proxies.",
    ),
    value(
        "meshConfig.defaultConfig.runtimeValues",
        Scalars,
        "Envoy's runtime values.",
    ),
    value(
        "meshConfig.defaultConfig.statusPort",
        Count,
        "Port of health and merged metrics.",
    ),
    value(
        "meshConfig.defaultConfig.extraStatTags",
        Texts,
        "More tags in statistics.",
    ),
    value(
        "meshConfig.defaultConfig.gatewayTopology",
        Object,
        "Proxies in front of gateways.",
    ),
    value("meshConfig.defaultConfig.meshId", Text, "Name of the mesh."),
    value(
        "meshConfig.defaultConfig.readinessProbe",
        Object,
        "Readiness of virtual machines.",
    ),
    value(
        "meshConfig.defaultConfig.proxyStatsMatcher",
        Object,
        "Statistics that are kept.",
    ),
    value(
        "meshConfig.defaultConfig.holdApplicationUntilProxyStarts",
        Bool,
        "Whether the application waits for the proxy.",
    ),
    value(
        "meshConfig.defaultConfig.caCertificatesPem",
        Texts,
        "Roots of the control plane.",
    ),
    value(
        "meshConfig.defaultConfig.image",
        Object,
        "Flavour of the proxy's image.",
    ),
    value(
        "meshConfig.defaultConfig.privateKeyProvider",
        Object,
        "Provider of private keys.",
    ),
    value(
        "meshConfig.defaultConfig.proxyHeaders",
        Object,
        "Headers that proxies add.",
    ),
    value(
        "meshConfig.defaultConfig.fileFlushInterval",
        Text,
        "How often logs are flushed.",
    ),
    value(
        "meshConfig.defaultConfig.fileFlushMinSizeKb",
        Count,
        "How much of a log is flushed.",
    ),
    value(
        "meshConfig.defaultConfig.statsCompression",
        Bool,
        "Whether statistics are compressed.",
    ),
    value(
        "meshConfig.defaultConfig.connectionSettings",
        Object,
        "Connections of proxies.",
    ),
];
