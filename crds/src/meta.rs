//! Names that go on objects: API group, labels, annotations, finalizer, field managers.

/// API group of Mainsheet's own kinds.
pub const GROUP: &str = "mainsheet.dev";
/// The served API version.
pub const VERSION: &str = "v1alpha1";
/// `apiVersion` of Mainsheet's own kinds.
pub const API_VERSION: &str = "mainsheet.dev/v1alpha1";

/// Who manages an object (Kubernetes recommended label); its value is [`MANAGED_BY`].
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`LABEL_MANAGED_BY`] on everything Mainsheet owns.
pub const MANAGED_BY: &str = "mainsheet";
/// Name of the `MeshInstallation` that an object belongs to.
pub const LABEL_INSTALLATION: &str = "mainsheet.dev/installation";
/// Component that an object is part of (`pilot`, `ingress-NAME`, `addon-NAME`, …).
pub const LABEL_COMPONENT: &str = "mainsheet.dev/component";
/// Istio revision of an object that has one (`default` when un-revisioned).
pub const LABEL_REVISION: &str = "mainsheet.dev/revision";
/// Istio's revision label: read by istiod (webhooks) and istioctl.
pub const LABEL_ISTIO_REV: &str = "istio.io/rev";
/// Istio's tag label: read by istioctl on tag webhooks and Services.
pub const LABEL_ISTIO_TAG: &str = "istio.io/tag";

/// Digest of what was last applied to an object; tells a changed wish from a changed object.
pub const ANNOTATION_APPLIED: &str = "mainsheet.dev/applied";
/// Istio version whose shape a CRD has. An older shape is never applied over a newer one, so that an
/// operator of last month does not take away fields that a newer one gave.
pub const ANNOTATION_SHAPE: &str = "mainsheet.dev/crd-of";
/// Digest of the configuration that an addon's pods read at their start: another one restarts them.
pub const ANNOTATION_CONFIG: &str = "mainsheet.dev/config";
/// Asks for a reconcile now; any new value counts. The operator answers in the status.
pub const ANNOTATION_RECONCILE: &str = "mainsheet.dev/reconcile-requested-at";

/// Approves a plan: its value is the `status.plan.hash` that was read. Another hash approves nothing.
pub const ANNOTATION_APPROVED: &str = "mainsheet.dev/approved-plan";
/// Goes back to a kept record: the name of a `MeshRevision`. While it is there the spec is not
/// carried out.
pub const ANNOTATION_ROLLBACK: &str = "mainsheet.dev/rollback-to";
/// Carries out once more what was rolled back: the name of the `MeshRevision` that failed.
pub const ANNOTATION_RETRY: &str = "mainsheet.dev/retry";
/// Takes over what another installer has made: [`ALLOW`].
pub const ANNOTATION_ADOPT: &str = "mainsheet.dev/adopt";
/// Takes over a mesh of another installer even where pods are restarted by it: [`ALLOW`].
pub const ANNOTATION_ADOPT_RESTART: &str = "mainsheet.dev/adopt-restart";

/// Value of annotations that allow something.
pub const ALLOW: &str = "allow";

/// Held on a `MeshInstallation` until its `deletionPolicy` is carried out.
pub const FINALIZER: &str = "mainsheet.dev/installation";

/// Field manager of the objects that the operator applies.
pub const MANAGER: &str = "mainsheet";
/// Field manager of the status of Mainsheet's own kinds.
pub const MANAGER_STATUS: &str = "mainsheet-status";
/// Field manager of what the command line applies.
pub const MANAGER_CLI: &str = "mainsheet-cli";

/// The namespace a control plane lives in when the spec does not say.
pub const DEFAULT_NAMESPACE: &str = "istio-system";
/// The name that Istio gives to the revision of an un-revisioned control plane.
pub const DEFAULT_REVISION: &str = "default";
