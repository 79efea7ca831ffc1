//! Values at the root: revisions, injection, validation, telemetry, remote clusters.

use super::Kind::{Any, Bool, CountOrShare, Object, Objects, OneOf, Scalars, Text, TextMap, Texts};
use super::{Entry, from, value};

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    value("profile", Text, "Set of values to start from: ambient, demo, preview, remote or stable."),
    value("compatibilityVersion", Any, "Minor version whose defaults are kept, as spec.compatibilityVersion."),
    value("platform", Text, "Kind of Kubernetes, as global.platform."),
    value("revision", Text, "Istio revision, as spec.revision."),
    value("revisionTags", Texts, "Names that stand for the revision in labels."),
    value("defaultRevision", Text, "Revision that validates resources without a revision label."),
    value("ownerName", Text, "Name of who owns the objects; kept for conversion, nothing is made of it."),
    value("gatewayClasses", Object, "Overlays on the objects of Gateways, by class and kind."),
    value("experimental.stableValidationPolicy", Bool, "Whether resources that are not stable are refused."),
    value("pdb.minAvailable", CountOrShare, "As pilot.pdb.minAvailable."),
    value("pdb.maxUnavailable", CountOrShare, "As pilot.pdb.maxUnavailable."),
    value("pdb.unhealthyPodEvictionPolicy", Text, "As pilot.pdb.unhealthyPodEvictionPolicy."),
    value("base.enableCRDTemplates", Bool, "Whether Istio's CRDs are installed."),
    value("base.enableIstioConfigCRDs", Bool, "Whether the CRDs of Istio's resources are installed."),
    value("base.excludedCRDs", Texts, "CRDs that are left alone, by name."),
    value("base.validationURL", Text, "Address of a validation webhook elsewhere."),
    value("base.validationCABundle", Text, "Bundle that the validation webhook is trusted by, in base64."),
    from(30, "base.validationFailurePolicy", OneOf(&["Ignore", "Fail"]), "Failure policy of the validation webhooks at first."),
    value("istiodRemote.enabled", Bool, "Whether the control plane is elsewhere."),
    value("istiodRemote.enabledLocalInjectorIstiod", Bool, "Whether an istiod here injects for a control plane elsewhere."),
    value("istiodRemote.injectionURL", Text, "Address of an injection webhook elsewhere."),
    value("istiodRemote.injectionPath", Text, "Path of the injection webhook."),
    value("istiodRemote.injectionCABundle", Text, "Bundle that the injection webhook is trusted by, in base64."),
    value("telemetry.enabled", Bool, "Whether metrics are on by default."),
    value("telemetry.v2.enabled", Bool, "Whether metrics are on by default."),
    value("telemetry.v2.prometheus.enabled", Bool, "Whether metrics for Prometheus are on by default."),
    value("telemetry.v2.stackdriver.enabled", Bool, "Whether metrics and logs for Stackdriver are on by default."),
    value("sidecarInjectorWebhook.enableNamespacesByDefault", Bool, "Whether namespaces are injected that do not say."),
    value("sidecarInjectorWebhook.reinvocationPolicy", OneOf(&["Never", "IfNeeded"]), "Whether injection is called again after later webhooks."),
    value("sidecarInjectorWebhook.rewriteAppHTTPProbe", Bool, "Whether probes of applications go through the proxy's agent."),
    value("sidecarInjectorWebhook.neverInjectSelector", Objects, "Pods that are never injected."),
    value("sidecarInjectorWebhook.alwaysInjectSelector", Objects, "Pods that are always injected."),
    value("sidecarInjectorWebhook.injectedAnnotations", Scalars, "Annotations of injected pods."),
    value("sidecarInjectorWebhook.templates", TextMap, "Injection templates of one's own, by name."),
    value("sidecarInjectorWebhook.defaultTemplates", Texts, "Templates of pods that name none."),
    value("sidecarInjectorWebhook.aliases", Object, "Names that stand for lists of templates."),
];
