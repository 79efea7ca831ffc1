//! The codes of messages: Istio's numbers, names and levels, so that what users have suppressed,
//! searched for or scripted stays the same.

/// How bad what was found is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// It may not do what was meant.
    Warning,
    /// It does not work as written.
    Error,
}

macro_rules! codes {
    ($($name:ident, $code:literal, $level:ident, $about:literal;)+) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $about] $name),+ }

        impl Code {
            /// Every code that is given, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it is written, such as `IST0101`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// Istio's name for it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// How bad it is.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level),+ }
            }

            /// What it means, in a line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about),+ }
            }
        }
    };
}

codes! {
    Deprecated, "IST0002", Warning, "a field or kind that Istio no longer reads, or is about to drop";
    ReferencedResourceNotFound, "IST0101", Error, "a host, subset, gateway, namespace, secret or workload that is named but not there";
    NamespaceNotInjected, "IST0102", Info, "a namespace that says neither that its pods get a proxy nor that they do not";
    PodMissingProxy, "IST0103", Warning, "a pod without a proxy in a namespace whose pods get one";
    GatewayPortNotOnWorkload, "IST0104", Warning, "a gateway's port that neither a Service nor a container of its pods has";
    IstioProxyImageMismatch, "IST0105", Warning, "a pod, injected by its own label, whose proxy is not the one that would be injected now";
    SchemaValidationError, "IST0106", Error, "a field that does not exist, has the wrong type, or breaks a rule of its kind";
    MisplacedAnnotation, "IST0107", Warning, "an annotation of Istio's on a kind that it is not for";
    UnknownAnnotation, "IST0108", Warning, "an annotation in Istio's name that Istio does not know";
    ConflictingMeshGatewayVirtualServiceHosts, "IST0109", Error, "several VirtualServices for one host in the mesh";
    ConflictingSidecarWorkloadSelectors, "IST0110", Error, "several Sidecars that select one pod";
    MultipleSidecarsWithoutWorkloadSelectors, "IST0111", Error, "several Sidecars for the whole of a namespace";
    VirtualServiceDestinationPortSelectorRequired, "IST0112", Error, "a route without a port to a service that has several";
    MTLSPolicyConflict, "IST0113", Error, "a DestinationRule whose TLS is not what the PeerAuthentication of its host's pods takes";
    DeploymentAssociatedToMultipleServices, "IST0116", Warning, "Services of one Deployment that give one port different protocols";
    PortNameIsNotUnderNamingConvention, "IST0118", Info, "a Service's port whose name does not say its protocol";
    PolicyResourceIsDeprecated, "IST0120", Warning, "a Policy of authentication.istio.io, which Istio no longer reads";
    MeshPolicyResourceIsDeprecated, "IST0121", Warning, "a MeshPolicy of authentication.istio.io, which Istio no longer reads";
    InvalidRegexp, "IST0122", Warning, "a regular expression that the proxy cannot use";
    NamespaceMultipleInjectionLabels, "IST0123", Warning, "a namespace with more than one label that decides about its proxies";
    InvalidAnnotation, "IST0125", Warning, "an annotation of Istio's with a value that it cannot have";
    UnknownMeshNetworksServiceRegistry, "IST0126", Error, "a network of the mesh that names a cluster nobody knows";
    NoMatchingWorkloadsFound, "IST0127", Warning, "an AuthorizationPolicy that is for no pod";
    NoServerCertificateVerificationDestinationLevel, "IST0128", Warning, "TLS towards a host without checking its certificate";
    NoServerCertificateVerificationPortLevel, "IST0129", Warning, "TLS towards a port without checking its certificate";
    VirtualServiceUnreachableRule, "IST0130", Warning, "a rule of a VirtualService that an earlier one hides";
    VirtualServiceIneffectiveMatch, "IST0131", Info, "a match of a VirtualService that an earlier one hides";
    VirtualServiceHostNotFoundInGateway, "IST0132", Warning, "a VirtualService none of whose hosts its gateway serves";
    SchemaWarning, "IST0133", Warning, "a setting that is accepted but has no effect";
    ServiceEntryAddressesRequired, "IST0134", Warning, "a TCP port of a ServiceEntry without an address to tell it by";
    DeprecatedAnnotation, "IST0135", Info, "an annotation of Istio's that is on its way out";
    AlphaAnnotation, "IST0136", Info, "an annotation of Istio's that may still change";
    DeploymentConflictingPorts, "IST0137", Warning, "Services of one Deployment that reach one of its ports by different numbers";
    GatewayDuplicateCertificate, "IST0138", Warning, "one certificate in several gateways of the same pods, which HTTP/2 clients mix up";
    InvalidWebhook, "IST0139", Error, "injection webhooks that overlap, or that call a Service that is not there";
    IngressRouteRulesNotAffected, "IST0140", Warning, "subsets of another VirtualService that a gateway's route to the same host goes past";
    InvalidApplicationUID, "IST0144", Warning, "a container that runs as the proxy's own user, whose traffic is not captured";
    ConflictingGateways, "IST0145", Error, "Gateways of the same pods that claim one host on one port";
    ImageAutoWithoutInjectionWarning, "IST0146", Warning, "a Deployment that waits for an injector which does not select it";
    ImageAutoWithoutInjectionError, "IST0147", Error, "a pod that waited for an injector which did not select it";
    NamespaceInjectionEnabledByDefault, "IST0148", Info, "a namespace without labels whose pods get a proxy all the same";
    JwtClaimBasedRoutingWithoutRequestAuthN, "IST0149", Error, "routes by claims of a token that nothing checks at the gateway";
    ExternalNameServiceTypeInvalidPortName, "IST0150", Warning, "a port of an ExternalName Service that catches traffic of others";
    EnvoyFilterUsesRelativeOperation, "IST0151", Warning, "an EnvoyFilter that depends on an order which it does not set";
    EnvoyFilterUsesReplaceOperationIncorrectly, "IST0152", Error, "an EnvoyFilter that replaces what cannot be replaced";
    EnvoyFilterUsesAddOperationIncorrectly, "IST0153", Error, "an EnvoyFilter that adds what cannot be added";
    EnvoyFilterUsesRemoveOperationIncorrectly, "IST0154", Error, "an EnvoyFilter that removes what cannot be removed";
    EnvoyFilterUsesRelativeOperationWithProxyVersion, "IST0155", Warning, "as IST0151, next to a patch of the same filter for one proxy version";
    InvalidTelemetryProvider, "IST0157", Warning, "access logging without a provider, where the mesh has none by default";
    PodsIstioProxyImageMismatchInNamespace, "IST0158", Warning, "pods of a namespace whose proxy is not the one that would be injected now";
    ConflictingTelemetryWorkloadSelectors, "IST0159", Error, "several Telemetries that select one pod";
    MultipleTelemetriesWithoutWorkloadSelectors, "IST0160", Error, "several Telemetries for the whole of a namespace";
    InvalidGatewayCredential, "IST0161", Error, "a gateway's secret without a certificate and a key";
    GatewayPortNotDefinedOnService, "IST0162", Warning, "a gateway's port that the Services of its pods do not pass on";
    ExternalControlPlaneAddressIsNotAHostname, "IST0164", Info, "an injection webhook that calls an IP address";
    ReferencedInternalGateway, "IST0165", Warning, "a VirtualService on a gateway that Istio makes for itself";
    IneffectiveSelector, "IST0166", Warning, "a policy that selects pods of a Kubernetes Gateway by labels";
    IneffectivePolicy, "IST0167", Warning, "a Sidecar for pods in ambient mode, which have none";
    NegativeConditionStatus, "IST0171", Warning, "a resource that its controller reports as not accepted";
    DestinationRuleSubsetNotSelectPods, "IST0173", Error, "a subset without pods";
    UnknownDestinationRuleHost, "IST0174", Warning, "a DestinationRule for a host that is not there";
    JwksUriFetchUnrestricted, "IST0175", Warning, "an istiod that fetches keys from any address a RequestAuthentication names";
    GatewayAPICRDVersionBelowMinimum, "IST0176", Warning, "a CRD of the Gateway API that is too old for Istio to read";
    ConflictingServiceEntryProtocol, "IST0177", Warning, "ServiceEntries that give one host and port different protocols";
}

// === impl Code ===

impl Code {
    /// The code of this number, if it is given.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == code)
    }

    /// Where Istio explains it.
    pub fn documentation_url(self) -> String {
        format!(
            "https://istio.io/latest/docs/reference/config/analysis/{}/",
            self.as_str().to_lowercase()
        )
    }
}

// === impl Level ===

impl Level {
    /// Every level, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The level as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_and_each_is_there_once() {
        let numbers: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert_eq!(
            Code::find("IST0113").map(Code::name),
            Some("MTLSPolicyConflict")
        );
        assert_eq!(Code::find("IST9999"), None);
    }
}
