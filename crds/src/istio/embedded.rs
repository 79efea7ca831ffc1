//! The CRDs as text, for programs that install them and should not spend time on making them.

macro_rules! document {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../generated/istio/", $name, ".yaml")),
        )
    };
}

/// The YAML documents of [`all_crds`](super::all_crds) with their names, sorted.
///
/// Each begins with `apiVersion`, `kind` and a `metadata` that has a `name` only, so that labels
/// can be put behind the name without parsing the rest.
pub const CRD_DOCUMENTS: [(&str, &str); 15] = [
    document!("authorizationpolicies.security.istio.io"),
    document!("destinationrules.networking.istio.io"),
    document!("envoyfilters.networking.istio.io"),
    document!("gateways.networking.istio.io"),
    document!("peerauthentications.security.istio.io"),
    document!("proxyconfigs.networking.istio.io"),
    document!("requestauthentications.security.istio.io"),
    document!("serviceentries.networking.istio.io"),
    document!("sidecars.networking.istio.io"),
    document!("telemetries.telemetry.istio.io"),
    document!("trafficextensions.extensions.istio.io"),
    document!("virtualservices.networking.istio.io"),
    document!("wasmplugins.extensions.istio.io"),
    document!("workloadentries.networking.istio.io"),
    document!("workloadgroups.networking.istio.io"),
];
