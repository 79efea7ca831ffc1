//! Second step: what the spec asks for, down to the objects. Done once for each generation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use kube::{Resource, ResourceExt};
use mainsheet_core::desired::Desired;
use mainsheet_core::record;
use mainsheet_core::windows::{WindowError, Windows};
use mainsheet_crds::{MeshInstallation, MeshInstallationSpec};
use mainsheet_manifests::Kind;
use mainsheet_profiles::Resolved;

/// Everything that one generation of a spec comes to.
#[derive(Debug)]
pub(super) struct Target {
    /// Istio version, exact.
    pub version: String,
    /// Istio revision (`default` when un-revisioned).
    pub istio_revision: String,
    /// Profile that it started from.
    pub profile: String,
    /// Name of its record.
    pub record: String,
    /// Digest of its record.
    pub hash: String,
    /// The resolved spec, as it goes into the record.
    pub resolved: mainsheet_crds::FreeObject,
    /// The objects.
    pub desired: Desired,
}

/// A spec that cannot be turned into objects.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The spec asks for what cannot be.
    #[error(transparent)]
    Spec(#[from] mainsheet_profiles::ResolveError),
    /// A window cannot be understood.
    #[error(transparent)]
    Windows(#[from] WindowError),
    /// The templates cannot render it.
    #[error("cannot render")]
    Render(#[from] mainsheet_manifests::RenderError),
    /// The resolved spec cannot be stored.
    #[error("cannot store the resolved spec")]
    Store(#[source] serde_json::Error),
}

/// What each installation's spec came to last. Keyed by UID, with all that the answer depends on.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<BTreeMap<String, (Inputs, Arc<Target>)>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inputs {
    generation: i64,
    installed: Option<String>,
}

// === impl Memo ===

impl Memo {
    /// What the installation's spec comes to.
    pub(super) fn target(
        &self,
        installation: &MeshInstallation,
        kubernetes: &str,
    ) -> Result<Arc<Target>, ResolveError> {
        let uid = installation.uid().unwrap_or_default();
        let inputs = Inputs {
            generation: installation.meta().generation.unwrap_or_default(),
            installed: installation
                .status
                .as_ref()
                .and_then(|status| status.version.clone()),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, target)) = known.get(&uid)
            && *before == inputs
        {
            return Ok(Arc::clone(target));
        }
        let target = Arc::new(Target::new(
            installation,
            inputs.installed.clone(),
            kubernetes,
        )?);
        known.insert(uid, (inputs, Arc::clone(&target)));
        Ok(target)
    }

    /// Forgets an installation that is gone.
    pub(super) fn forget(&self, uid: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(uid);
    }
}

// === impl Target ===

impl Target {
    fn new(
        installation: &MeshInstallation,
        installed: Option<String>,
        kubernetes: &str,
    ) -> Result<Self, ResolveError> {
        refuse_windows(&installation.spec)?;
        let context = mainsheet_profiles::Context {
            installed,
            kubernetes: Some(kubernetes.to_owned()),
        };
        let resolved =
            mainsheet_profiles::resolve(&installation.name_any(), &installation.spec, &context)?;
        Self::from_resolved(&resolved)
    }

    pub(super) fn from_resolved(resolved: &Resolved) -> Result<Self, ResolveError> {
        let manifests = mainsheet_manifests::render(resolved)?;
        let hash = resolved.hash();
        let stored = serde_json::to_value(resolved).map_err(ResolveError::Store)?;
        Ok(Self {
            version: resolved.version.clone(),
            istio_revision: resolved.istio_revision().to_owned(),
            profile: resolved.profile.to_string(),
            record: record::name(&resolved.installation, &hash),
            hash,
            resolved: stored.as_object().cloned().unwrap_or_default(),
            desired: Desired::new(&manifests),
        })
    }

    /// Every kind that must be watched to know what is there: those that are always served, and
    /// those of the wanted objects.
    pub(super) fn kinds(&self) -> BTreeSet<Kind> {
        let wanted = self.desired.objects().iter().map(|wanted| wanted.id.kind);
        crate::cache::Caches::always().chain(wanted).collect()
    }
}

/// Windows are looked at when workloads are to move; what cannot be understood is said at once.
fn refuse_windows(spec: &MeshInstallationSpec) -> Result<(), WindowError> {
    let data_plane = spec
        .upgrade
        .as_ref()
        .and_then(|upgrade| upgrade.data_plane.as_ref());
    let windows = data_plane.and_then(|data_plane| data_plane.windows.as_deref());
    Windows::new(windows.unwrap_or_default()).map(|_| ())
}
