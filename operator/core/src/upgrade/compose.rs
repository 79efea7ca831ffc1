//! The objects of an installation: everything but control planes and gateways from one record, the
//! control plane of every record that runs, and the webhooks by which they serve names.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_manifests::{Found, Kind, ObjectId, RenderError, Share, stand_ins};
use mainsheet_profiles::{ComponentKind, Resolved};

use super::policy::Policy;
use super::split::{Shares, shares};
use super::transition::{Serve, Transition};
use crate::desired::{Desired, Wanted};
use crate::live::LiveBody;
use crate::plan::Inventory;

/// A record with its objects.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What it resolved to.
    pub resolved: &'a Resolved,
    /// Its objects, as if it were alone.
    pub desired: &'a Desired,
    /// Whether its control plane is ready.
    pub ready: bool,
}

/// The objects of an installation.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    /// All of them.
    pub desired: Desired,
    /// Those that belong to a control plane beside the active one, with its Istio revision: nothing
    /// else waits for them.
    pub apart: BTreeMap<ObjectId, String>,
}

/// Whether a component is the control plane.
pub fn is_pilot(component: &str) -> bool {
    component == ComponentKind::Pilot.as_str()
}

/// Whether an object is the injection webhooks of a control plane's own name.
pub fn is_injector(wanted: &Wanted) -> bool {
    wanted.id.kind == Kind::MutatingWebhookConfiguration
        && wanted.id.name.starts_with("istio-sidecar-injector")
        && is_pilot(&wanted.component)
}

fn is_gateway(component: &str) -> bool {
    [ComponentKind::Ingress, ComponentKind::Egress]
        .iter()
        .any(|kind| component.starts_with(&format!("{}-", kind.as_str())))
}

/// The webhooks by which a record serves a name.
pub fn serving_id(resolved: &Resolved, name: &str) -> ObjectId {
    let revision = resolved.istio_revision();
    let suffix = match resolved.revision.as_str() {
        "" => String::new(),
        revision => format!("-{revision}"),
    };
    let start = if name == revision {
        format!("istio-sidecar-injector{suffix}")
    } else {
        format!("istio-revision-tag-{name}-{revision}")
    };
    let place = match resolved.namespace.as_str() {
        mainsheet_crds::meta::DEFAULT_NAMESPACE => start,
        namespace => format!("{start}-{namespace}"),
    };
    ObjectId::new(Kind::MutatingWebhookConfiguration, None, &place)
}

/// What a record takes of a name's namespaces, as it is in the cluster.
pub fn found(resolved: &Resolved, name: &str, live: &Inventory) -> Option<Found> {
    let there = live.get(&serving_id(resolved, name))?;
    match &there.body {
        LiveBody::Full(value) if there.ours => Some(Found::of(&value.value())),
        LiveBody::Full(_) | LiveBody::SpecDigest(_) => None,
    }
}

/// Puts the objects together that a transition wants. `parts` has every record that it names.
pub fn compose(
    transition: &Transition,
    policy: &Policy,
    parts: &BTreeMap<String, Part<'_>>,
    found: &BTreeMap<(String, String), Found>,
) -> Result<Composition, RenderError> {
    let mut objects: BTreeMap<ObjectId, Wanted> = BTreeMap::new();
    let mut apart = BTreeMap::new();
    // Of objects that have one name in two records, those of the first count.
    for (place, record) in transition.running.iter().enumerate() {
        let Some(part) = parts.get(record) else {
            continue;
        };
        for wanted in part.desired.objects() {
            let wanted_here = is_pilot(&wanted.component) && !is_injector(wanted);
            if !wanted_here || objects.contains_key(&wanted.id) {
                continue;
            }
            if place > 0 {
                let revision = part.resolved.istio_revision().to_owned();
                apart.insert(wanted.id.clone(), revision);
            }
            objects.insert(wanted.id.clone(), wanted.clone());
        }
    }
    for (record, gateways) in [(&transition.shared, false), (&transition.gateways, true)] {
        let all = parts.get(record).map(|part| part.desired.objects());
        for wanted in all.into_iter().flatten() {
            if !is_pilot(&wanted.component) && is_gateway(&wanted.component) == gateways {
                objects.insert(wanted.id.clone(), wanted.clone());
            }
        }
    }
    for (record, wanted) in webhooks(transition, policy, parts, found)? {
        if record != transition.running.first().map_or("", String::as_str)
            && let Some(part) = parts.get(record)
        {
            let revision = part.resolved.istio_revision().to_owned();
            apart.insert(wanted.id.clone(), revision);
        }
        objects.insert(wanted.id.clone(), wanted);
    }
    Ok(Composition {
        desired: Desired::of(objects.into_values()),
        apart,
    })
}

/// The injection webhooks of every record that runs: of its own name, and of those that it serves.
fn webhooks<'t>(
    transition: &'t Transition,
    policy: &Policy,
    parts: &BTreeMap<String, Part<'_>>,
    found: &BTreeMap<(String, String), Found>,
) -> Result<Vec<(&'t str, Wanted)>, RenderError> {
    let mut all = Vec::new();
    let mut served = BTreeSet::new();
    for serve in &transition.serves {
        let Shares { to, from } = next_shares(serve, parts, found);
        // The name's Service stays where it is until the other has every namespace: proxies that are
        // connected by it are to find a control plane at any moment.
        let has_all = to.as_ref().is_some_and(|share| share.cover.is_all());
        let sides = [
            (Some(&serve.to), to, has_all),
            (serve.from.as_ref(), from, !has_all),
        ];
        for (record, share, answers) in sides {
            let (Some(record), Some(share)) = (record, share) else {
                continue;
            };
            let Some(part) = parts.get(record) else {
                continue;
            };
            if part.resolved.istio_revision() == serve.name {
                all.extend(own(part, &share).map(|wanted| (record.as_str(), wanted)));
                continue;
            }
            let service = answers && served.insert(serve.name.as_str());
            let objects = stand_ins(part.resolved, &serve.name, &share, service)?;
            all.extend(
                objects
                    .iter()
                    .map(|object| (record.as_str(), Wanted::new(object))),
            );
        }
    }
    for record in &transition.running {
        if let Some(part) = parts.get(record)
            && !policy.is_name(part.resolved.istio_revision())
        {
            let whole = Share::whole();
            all.extend(own(part, &whole).map(|wanted| (record.as_str(), wanted)));
        }
    }
    Ok(all)
}

fn next_shares(
    serve: &Serve,
    parts: &BTreeMap<String, Part<'_>>,
    found: &BTreeMap<(String, String), Found>,
) -> Shares {
    let of = |record: &String| {
        found
            .get(&(serve.name.clone(), record.clone()))
            .cloned()
            .unwrap_or_else(Found::nothing)
    };
    let ready = parts.get(&serve.to).is_some_and(|part| part.ready);
    let from = serve.from.as_ref().map(of);
    shares(serve, ready, &of(&serve.to), from.as_ref())
}

/// The webhooks of a control plane's own name, with this share.
fn own(part: &Part<'_>, share: &Share) -> Option<Wanted> {
    let own = part
        .desired
        .objects()
        .iter()
        .find(|wanted| is_injector(wanted))?;
    Some(own.changed(|value| share.restrict(value)))
}
