//! Second step: what the spec asks for. Done once for each generation and active record.

use std::sync::Arc;

use kube::{Resource, ResourceExt};
use mainsheet_core::upgrade::{
    Candidates, Choice, Facts, Policy, Want, candidate_revision, choose, is_injector, is_pilot,
};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::meta::ANNOTATION_ROLLBACK;
use mainsheet_profiles::Resolved;

use super::rendered::{Rendered, RenderedError};
use super::{Context, Error};
use crate::shared::Memory;

/// What a spec asks for, whatever runs.
#[derive(Debug)]
pub(super) struct Asked {
    /// What it resolves to at its public revision.
    pub(super) resolved: Resolved,
    /// Digest of that: the wish.
    pub(super) wish: String,
    /// How it is carried out.
    pub(super) policy: Policy,
}

/// What is wanted: a record with its objects.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) want: Want,
    pub(super) rendered: Arc<Rendered>,
}

/// A spec that cannot be turned into objects.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The spec asks for what cannot be.
    #[error(transparent)]
    Spec(#[from] mainsheet_profiles::ResolveError),
    /// The objects cannot be had.
    #[error(transparent)]
    Rendered(#[from] RenderedError),
    /// There is no record to go back to.
    #[error(
        "annotation {ANNOTATION_ROLLBACK}: {given:?} is no MeshRevision of this installation; allowed: {}", .kept.join(", ")
    )]
    Rollback {
        /// What was given.
        given: String,
        /// The records that there are.
        kept: Vec<String>,
    },
}

/// What each installation's spec came to last, keyed by UID, with all that the answer depends on.
#[derive(Debug, Default)]
pub(super) struct Memo {
    asked: Memory<(Inputs, Arc<Asked>)>,
    targets: Memory<(Choosing, Arc<Rendered>)>,
}

/// What a target depends on: the inputs, and the Istio revision that it is for.
type Choosing = (Inputs, String);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inputs {
    generation: i64,
    installed: Option<String>,
}

// === impl Memo ===

impl Memo {
    /// What the installation's spec asks for, given the version that runs.
    pub(super) fn asked(
        &self,
        installation: &MeshInstallation,
        facts: &Facts,
        kubernetes: &str,
    ) -> Result<Arc<Asked>, ResolveError> {
        let uid = installation.uid().unwrap_or_default();
        let inputs = inputs(installation, facts);
        if let Some((before, asked)) = self.asked.get(&uid)
            && before == inputs
        {
            return Ok(asked);
        }
        let resolved = resolve(installation, facts, kubernetes, None)?;
        let asked = Arc::new(Asked {
            wish: resolved.hash(),
            resolved,
            policy: Policy::of(&installation.spec)?,
        });
        self.asked.keep(&uid, (inputs, Arc::clone(&asked)));
        Ok(asked)
    }

    /// Forgets an installation that is gone.
    pub(super) fn forget(&self, uid: &str) {
        self.asked.forget(uid);
        self.targets.forget(uid);
    }

    /// The objects for a choice, made once.
    fn made(
        &self,
        installation: &MeshInstallation,
        facts: &Facts,
        choice: &str,
        make: impl FnOnce() -> Result<Rendered, ResolveError>,
    ) -> Result<Arc<Rendered>, ResolveError> {
        let uid = installation.uid().unwrap_or_default();
        let key = (inputs(installation, facts), choice.to_owned());
        if let Some((before, rendered)) = self.targets.get(&uid)
            && before == key
        {
            return Ok(rendered);
        }
        let rendered = Arc::new(make()?);
        self.targets.keep(&uid, (key, Arc::clone(&rendered)));
        Ok(rendered)
    }
}

fn inputs(installation: &MeshInstallation, facts: &Facts) -> Inputs {
    let status = installation.status.as_ref();
    let active = facts.active().map(|active| active.version.clone());
    Inputs {
        generation: installation.meta().generation.unwrap_or_default(),
        installed: active.or_else(|| status.and_then(|status| status.version.clone())),
    }
}

fn resolve(
    installation: &MeshInstallation,
    facts: &Facts,
    kubernetes: &str,
    revision: Option<&str>,
) -> Result<Resolved, mainsheet_profiles::ResolveError> {
    let context = mainsheet_profiles::Context {
        installed: inputs(installation, facts).installed,
        kubernetes: Some(kubernetes.to_owned()),
        revision: revision.map(str::to_owned),
    };
    mainsheet_profiles::resolve(&installation.name_any(), &installation.spec, &context)
}

/// The record that is wanted: one that is there, or one that is to be.
pub(super) async fn target(
    installation: &MeshInstallation,
    asked: &Asked,
    facts: &Facts,
    context: &Context,
) -> Result<Target, Error> {
    if let Some(name) = installation.annotations().get(ANNOTATION_ROLLBACK) {
        return pinned(name, facts, context).await;
    }
    let candidates = Candidates {
        records: &facts.records,
        wish: &asked.wish,
        strategy: asked.policy.strategy,
    };
    let rendered = match choose(&candidates) {
        Choice::Record(record) => context.rendered.stored(&record.name, context).await?,
        Choice::First => made(installation, asked, facts, context, None)?,
        Choice::Over(active) => made(
            installation,
            asked,
            facts,
            context,
            Some(&active.istio_revision),
        )?,
        Choice::Beside(active) => {
            let over = Some(active.istio_revision.as_str());
            let over = made(installation, asked, facts, context, over)?;
            let runs = context.rendered.stored(&active.name, context).await?;
            if same_control_plane(&over, &runs) {
                over
            } else {
                let own = candidate_revision(
                    installation.spec.revision(),
                    &asked.resolved.version,
                    &asked.wish,
                );
                made(installation, asked, facts, context, Some(&own))?
            }
        }
    };
    Ok(Target::of(rendered, false))
}

fn made(
    installation: &MeshInstallation,
    asked: &Asked,
    facts: &Facts,
    context: &Context,
    revision: Option<&str>,
) -> Result<Arc<Rendered>, Error> {
    let choice = revision.unwrap_or_default();
    let make = || {
        let resolved = match revision {
            None => asked.resolved.clone(),
            Some(revision) => resolve(installation, facts, &context.kubernetes, Some(revision))?,
        };
        Ok(Rendered::new(resolved, &asked.wish)?)
    };
    context
        .resolved
        .made(installation, facts, choice, make)
        .map_err(Error::Resolve)
}

/// A kept record that the user goes back to by name.
async fn pinned(name: &str, facts: &Facts, context: &Context) -> Result<Target, Error> {
    if facts.record(name).is_none() {
        let kept = facts.records.iter().map(|record| record.name.clone());
        return Err(Error::Resolve(ResolveError::Rollback {
            given: name.to_owned(),
            kept: kept.collect(),
        }));
    }
    let rendered = context.rendered.stored(name, context).await?;
    Ok(Target::of(rendered, true))
}

/// Whether two records have the same control plane, to the letter.
fn same_control_plane(one: &Rendered, other: &Rendered) -> bool {
    let pilot = |rendered: &Rendered| -> Vec<_> {
        let objects = rendered.desired.objects().iter();
        objects
            .filter(|wanted| is_pilot(&wanted.component) || is_injector(wanted))
            .map(|wanted| (wanted.id.clone(), wanted.digest.clone()))
            .collect()
    };
    pilot(one) == pilot(other)
}

// === impl Target ===

impl Target {
    fn of(rendered: Arc<Rendered>, pinned: bool) -> Self {
        Self {
            want: Want {
                record: rendered.record.clone(),
                version: rendered.resolved.version.clone(),
                istio_revision: rendered.resolved.istio_revision().to_owned(),
                pinned,
            },
            rendered,
        }
    }
}
