//! Before anything of a change is written: what `mainsheet_core::preflight` looks at is read once,
//! and a blocking finding keeps the change from beginning.

use jiff::Timestamp;
use kube::ResourceExt;
use mainsheet_core::adopt::leftovers;
use mainsheet_core::preflight::{self, DROPPED, Finding, Used};
use mainsheet_core::upgrade::Facts;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::reasons;
use mainsheet_crds::meta::ANNOTATION_RECONCILE;
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::Value;

use super::course::Knowledge;
use super::gather::{all, list_metadata, read};
use super::pass::STALLED;
use super::rendered::Rendered;
use super::{Context, Error, adopt, publish};
use crate::run::now;
use crate::shared::Memory;

/// What the checks have come to last, by the UID of the installation.
pub(super) type Memo = Memory<Checked>;

/// The wanted record, the wish to look again that is answered, and whether what others have made is
/// taken over.
type Question = (String, Option<String>, bool);

#[derive(Clone, Debug)]
pub(super) struct Checked {
    of: Question,
    at: Timestamp,
    findings: Vec<Finding>,
}

/// Why the wanted record may not come up, in words. What is found is good for a minute, unless
/// somebody asks to look again.
pub(super) async fn check(
    installation: &MeshInstallation,
    facts: &Facts,
    knowledge: &Knowledge<'_>,
    context: &Context,
) -> Result<Option<String>, Error> {
    let asked = installation.annotations().get(ANNOTATION_RECONCILE);
    let record = knowledge.target.want.record.clone();
    let of = (record, asked.cloned(), adopt::is_wanted(installation));
    let uid = installation.uid().unwrap_or_default();
    let before = context.checked.get(&uid);
    let findings = match before {
        Some(before) if before.of == of && before.is_fresh() => before.findings,
        _ => {
            let rendered = &knowledge.target.rendered;
            let running = facts.active().map(|active| active.version.as_str());
            let findings = find(installation, rendered, running, context).await?;
            let known = before.map(|before| before.findings).unwrap_or_default();
            warn(installation, &findings, &known, context).await;
            let checked = Checked {
                of,
                at: now(),
                findings: findings.clone(),
            };
            context.checked.keep(&uid, checked);
            findings
        }
    };
    let blocking = findings.iter().filter(|finding| finding.blocks());
    let said: Vec<String> = blocking.map(ToString::to_string).collect();
    Ok((!said.is_empty()).then(|| said.join(". ")))
}

/// Tells what somebody should know, once.
async fn warn(
    installation: &MeshInstallation,
    findings: &[Finding],
    known: &[Finding],
    context: &Context,
) {
    let warnings = findings.iter().filter(|finding| !finding.blocks());
    for finding in warnings.filter(|finding| !known.contains(finding)) {
        let note = finding.to_string();
        tracing::warn!(installation = %installation.name_any(), finding = %note, "preflight");
        publish::warn(installation, context, reasons::PREFLIGHT_WARNING, &note).await;
    }
}

async fn find(
    installation: &MeshInstallation,
    rendered: &Rendered,
    running: Option<&str>,
    context: &Context,
) -> Result<Vec<Finding>, Error> {
    let mut webhooks = all(Kind::MutatingWebhookConfiguration, context).await?;
    // A first install is to cost few requests: what it is beside, `mainsheet precheck` looks at.
    let daemon_sets = match running {
        None => Vec::new(),
        Some(_) => all(Kind::DaemonSet, context).await?,
    };
    let adopts = adopt::is_wanted(installation);
    let crds = match running {
        Some(_) if !adopts => crds(rendered, context).await?,
        Some(_) | None => Vec::new(),
    };
    if adopts {
        // These are taken over, or go when ours take their place.
        let leftovers = leftovers(&rendered.desired, installation.spec.namespace());
        webhooks.retain(|one| {
            let mut names = leftovers.iter().map(|id| id.name.as_str());
            !names.any(|name| one["metadata"]["name"] == name)
        });
    }
    let used = used(&rendered.resolved.version, running, context).await?;
    Ok(preflight::findings(&preflight::Facts {
        installation: &installation.name_any(),
        wanted: &rendered.resolved.version,
        running,
        kubernetes: &context.kubernetes,
        desired: &rendered.desired,
        webhooks: &webhooks,
        daemon_sets: &daemon_sets,
        crds: &crds,
        used: &used,
    }))
}

/// The wanted CRDs that are there and that Mainsheet's watch does not show.
async fn crds(rendered: &Rendered, context: &Context) -> Result<Vec<Value>, Error> {
    let wanted = rendered.desired.objects().iter();
    let wanted = wanted.filter(|one| one.id.kind == Kind::CustomResourceDefinition);
    let mut found = Vec::new();
    for wanted in wanted {
        let store = context.caches.store();
        if !store.with(|live| live.contains_key(&wanted.id)) {
            found.extend(read(&wanted.id, context).await?);
        }
    }
    Ok(found)
}

/// Users' resources of the APIs that this change is about.
async fn used(wanted: &str, running: Option<&str>, context: &Context) -> Result<Vec<Used>, Error> {
    let mut all = Vec::new();
    for api in DROPPED.iter().filter(|api| api.matters(running, wanted)) {
        let items = list_metadata(&api.path(), context).await?;
        if items.is_empty() {
            continue;
        }
        let mut used = Used::new(api, &items);
        let crd = ObjectId::new(Kind::CustomResourceDefinition, None, &used.crd);
        used.find_bundle(read(&crd, context).await?.as_slice());
        all.push(used);
    }
    Ok(all)
}

// === impl Checked ===

impl Checked {
    /// Whether it was looked at just now: a pass that comes by itself looks again.
    fn is_fresh(&self) -> bool {
        now().duration_since(self.at).unsigned_abs() < STALLED
    }
}
