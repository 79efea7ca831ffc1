//! The plan: what is to be done to get from what is there to what is wanted, each step with its
//! reason. Diff, dry run and apply all read this one value.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_manifests::{Kind, ObjectId, Wave};
use mainsheet_profiles::ComponentKind;
use serde::Serialize;

use crate::desired::{Desired, Wanted};
use crate::live::Live;
use mainsheet_manifests::digest;

/// What there is in the cluster, by identity.
pub type Inventory = BTreeMap<ObjectId, Live>;

/// What is to be done, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// One step for each wanted object, by wave.
    pub steps: Vec<Step>,
    /// Deletions, made last and only when everything wanted is ready.
    pub prunes: Vec<Step>,
    /// Wanted objects that another installation holds. With any of these, nothing is done.
    pub blocked: Vec<Blocked>,
}

/// What happens to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which object.
    pub id: ObjectId,
    /// Its component.
    pub component: String,
    /// Its wave.
    pub wave: Wave,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// Paths that change, where the object is there.
    pub fields: Vec<String>,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Patch,
    /// Nothing.
    Keep,
    /// It is deleted.
    Prune,
}

/// Why it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reason {
    /// It is not there.
    Missing,
    /// What is wanted has changed since it was last applied.
    Changed,
    /// Somebody else has changed it.
    Drifted,
    /// It is as wanted.
    UpToDate,
    /// Somebody else keeps changing it; it is put back after a pause.
    Contested,
    /// It is there by somebody else's hand, and left to them.
    Foreign,
    /// It is there by another installer's hand, and is taken over.
    Adopted,
    /// It is a CRD of a newer version, and stays so.
    Newer,
    /// It is no longer wanted.
    Unwanted,
}

/// A wanted object that another installation holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// Which object.
    pub id: ObjectId,
    /// The `MeshInstallation` that holds it.
    pub holder: String,
}

/// Compares what is wanted with what is there. `foreign` are objects that are there by somebody
/// else's hand and may stay so (a namespace, a CRD of another tool).
pub fn plan(
    installation: &str,
    desired: &Desired,
    live: &Inventory,
    foreign: &BTreeSet<ObjectId>,
) -> Plan {
    let mut plan = Plan::default();
    for wanted in desired.objects() {
        let found = live.get(&wanted.id);
        match found.and_then(|found| holder(found, installation)) {
            // It serves both, and is made anew by whoever is left when its holder goes.
            Some(_) if is_shared(wanted) => plan.steps.push(Step {
                action: Action::Keep,
                reason: Reason::Foreign,
                fields: Vec::new(),
                ..step(wanted, found, foreign)
            }),
            Some(holder) => plan.blocked.push(Blocked {
                id: wanted.id.clone(),
                holder,
            }),
            None => plan.steps.push(step(wanted, found, foreign)),
        }
    }
    plan.prunes = prunes(installation, desired, live);
    plan
}

fn step(wanted: &Wanted, found: Option<&Live>, foreign: &BTreeSet<ObjectId>) -> Step {
    let (action, reason, fields) = match found {
        None if foreign.contains(&wanted.id) => (Action::Keep, Reason::Foreign, Vec::new()),
        None => (Action::Create, Reason::Missing, Vec::new()),
        Some(found) if wanted.is_older_than(found) => (Action::Keep, Reason::Newer, Vec::new()),
        Some(found) => {
            let fields = wanted.differences(found);
            if !found.ours && found.installation().is_none() {
                (Action::Patch, Reason::Adopted, fields)
            } else if found.applied.as_deref() != Some(wanted.digest.as_str()) {
                (Action::Patch, Reason::Changed, fields)
            } else if fields.is_empty() {
                (Action::Keep, Reason::UpToDate, fields)
            } else {
                (Action::Patch, Reason::Drifted, fields)
            }
        }
    };
    Step {
        id: wanted.id.clone(),
        component: wanted.component.clone(),
        wave: wanted.wave,
        action,
        reason,
        fields,
    }
}

/// Whether every control plane of a namespace wants this object, and wants it alike: the account by
/// which other clusters read.
pub(crate) fn is_shared(wanted: &Wanted) -> bool {
    wanted.id.kind == Kind::ServiceAccount && wanted.component == ComponentKind::Base.as_str()
}

fn holder(found: &Live, installation: &str) -> Option<String> {
    let holder = found.installation()?;
    (holder != installation && found.ours).then(|| holder.to_owned())
}

/// What is ours and no longer wanted, the dependent kinds first: webhooks before what they call,
/// workloads before what they run on.
fn prunes(installation: &str, desired: &Desired, live: &Inventory) -> Vec<Step> {
    let unwanted = live.values().filter(|found| {
        found.ours
            && !found.deleting
            && found.installation() == Some(installation)
            && may_be_pruned(found.id.kind)
            && !desired.contains(&found.id)
    });
    let mut steps: Vec<Step> = unwanted.map(prune).collect();
    steps.sort_by(|one, other| other.id.cmp(&one.id));
    steps
}

fn prune(found: &Live) -> Step {
    let component = found
        .labels
        .get(mainsheet_crds::meta::LABEL_COMPONENT)
        .cloned()
        .unwrap_or_default();
    Step {
        id: found.id.clone(),
        component,
        wave: Wave::Crds,
        action: Action::Prune,
        reason: Reason::Unwanted,
        fields: Vec::new(),
    }
}

/// CRDs and namespaces hold what users made; they are never taken away on our own account.
pub fn may_be_pruned(kind: Kind) -> bool {
    !matches!(kind, Kind::CustomResourceDefinition | Kind::Namespace)
}

/// A namespace or a CRD of somebody else serves a mesh as well, and is left to its owner.
pub fn may_belong_to_others(kind: Kind) -> bool {
    matches!(kind, Kind::CustomResourceDefinition | Kind::Namespace)
}

/// Wanted objects that are not ours, as far as is known, and that somebody else may have made.
pub fn maybe_foreign(desired: &Desired, live: &Inventory) -> Vec<ObjectId> {
    let wanted = desired.objects().iter().map(|wanted| &wanted.id);
    wanted
        .filter(|id| may_belong_to_others(id.kind) && !live.contains_key(*id))
        .cloned()
        .collect()
}

// === impl Plan ===

impl Plan {
    /// Steps that write, deletions not counted.
    pub fn writes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.writes())
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.writes().next().is_none() && self.prunes.is_empty() && self.blocked.is_empty()
    }

    /// How many objects an action concerns.
    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .chain(&self.prunes)
            .filter(|step| step.action == action)
            .count()
    }

    /// Digest of what the plan does; equal for plans that do the same.
    pub fn hash(&self) -> String {
        let writes: Vec<&Step> = self.writes().chain(&self.prunes).collect();
        digest::of(&writes)
    }
}

// === impl Action ===

impl Action {
    /// Whether the action costs a write.
    pub fn writes(self) -> bool {
        match self {
            Self::Create | Self::Patch | Self::Prune => true,
            Self::Keep => false,
        }
    }
}

// === impl Reason ===

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "is not there",
            Self::Changed => "what is wanted has changed",
            Self::Drifted => "was changed by another writer",
            Self::UpToDate => "is as wanted",
            Self::Contested => "is kept being changed by another writer",
            Self::Foreign => "belongs to somebody else and is left to them",
            Self::Adopted => "is taken over from another installer",
            Self::Newer => "is of a newer version and left as it is",
            Self::Unwanted => "is no longer wanted",
        })
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::Manifests;
    use serde_json::{Value, json};

    use super::*;
    use crate::test_support::{INSTALLATION, live, object};

    fn config(name: &str, value: &str) -> mainsheet_manifests::Object {
        object(Kind::ConfigMap, name, Wave::Configuration, data(value))
    }

    fn data(value: &str) -> Value {
        json!({"data": {"key": value}})
    }

    fn inventory(objects: impl IntoIterator<Item = Live>) -> Inventory {
        objects
            .into_iter()
            .map(|live| (live.id.clone(), live))
            .collect()
    }

    fn planned(wanted: &[mainsheet_manifests::Object], live: &Inventory) -> Plan {
        plan(
            INSTALLATION,
            &Desired::new(&Manifests::new(wanted.to_vec())),
            live,
            &BTreeSet::new(),
        )
    }

    fn only(plan: &Plan) -> (Action, Reason, Vec<&str>) {
        let step = &plan.steps[0];
        (
            step.action,
            step.reason,
            step.fields.iter().map(String::as_str).collect(),
        )
    }

    #[test]
    fn what_is_missing_is_created() {
        assert_eq!(
            only(&planned(&[config("istio", "a")], &Inventory::new())).0,
            Action::Create
        );
    }

    #[test]
    fn what_is_as_wanted_is_kept_and_the_plan_is_empty() {
        let there = inventory([live(Kind::ConfigMap, "istio", data("a"))]);
        let plan = planned(&[config("istio", "a")], &there);
        assert_eq!(only(&plan).1, Reason::UpToDate);
        assert!(plan.is_empty());
    }

    #[test]
    fn a_new_wish_and_a_strangers_edit_are_told_apart() {
        let there = inventory([live(Kind::ConfigMap, "istio", data("a"))]);
        let changed = planned(&[config("istio", "b")], &there);
        assert_eq!(
            only(&changed),
            (Action::Patch, Reason::Changed, vec!["data.key"])
        );

        let mut edited = live(Kind::ConfigMap, "istio", data("a"));
        edited.body = live(Kind::ConfigMap, "istio", data("edited")).body;
        let drifted = planned(&[config("istio", "a")], &inventory([edited]));
        assert_eq!(
            only(&drifted),
            (Action::Patch, Reason::Drifted, vec!["data.key"])
        );
    }

    #[test]
    fn only_what_mainsheet_applied_for_this_installation_is_pruned() {
        let old = live(Kind::ConfigMap, "old", data("a"));
        let copy = Live {
            ours: false,
            ..live(Kind::ConfigMap, "copy", data("a"))
        };
        let leaving = Live {
            deleting: true,
            ..live(Kind::ConfigMap, "leaving", data("a"))
        };
        let mut other = live(Kind::ConfigMap, "other", data("a"));
        other.labels.insert(
            mainsheet_crds::meta::LABEL_INSTALLATION.into(),
            "lake".into(),
        );
        let crd = live(Kind::CustomResourceDefinition, "crd", data("a"));
        let namespace = live(Kind::Namespace, "ns", data("a"));
        let plan = planned(&[], &inventory([old, copy, leaving, other, crd, namespace]));
        let names: Vec<&str> = plan
            .prunes
            .iter()
            .map(|step| step.id.name.as_str())
            .collect();
        assert_eq!(names, ["old"]);
    }

    #[test]
    fn webhooks_go_before_what_they_call() {
        let there = inventory([
            live(Kind::ServiceAccount, "a", json!({})),
            live(Kind::Deployment, "a", json!({})),
            live(Kind::MutatingWebhookConfiguration, "a", json!({})),
        ]);
        let kinds: Vec<Kind> = planned(&[], &there)
            .prunes
            .iter()
            .map(|step| step.id.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                Kind::MutatingWebhookConfiguration,
                Kind::Deployment,
                Kind::ServiceAccount
            ]
        );
    }

    #[test]
    fn an_object_of_another_installation_blocks_the_plan() {
        let mut other = live(Kind::ConfigMap, "istio", data("a"));
        other.labels.insert(
            mainsheet_crds::meta::LABEL_INSTALLATION.into(),
            "lake".into(),
        );
        let plan = planned(&[config("istio", "a")], &inventory([other]));
        assert_eq!(plan.blocked[0].holder, "lake");
        assert!(plan.steps.is_empty() && !plan.is_empty());
    }

    #[test]
    fn what_meshes_of_a_namespace_share_may_belong_to_either() {
        let mut reader = object(Kind::ServiceAccount, "reader", Wave::Identities, json!({}));
        reader.component = "base".to_owned();
        let mut theirs = live(Kind::ServiceAccount, "reader", json!({}));
        theirs.labels.insert(
            mainsheet_crds::meta::LABEL_INSTALLATION.into(),
            "lake".into(),
        );
        let plan = planned(&[reader], &inventory([theirs]));
        assert_eq!(only(&plan), (Action::Keep, Reason::Foreign, vec![]));
        assert!(plan.is_empty());
    }

    #[test]
    fn a_crd_is_never_put_back_to_an_older_shape() {
        let crd = mainsheet_manifests::crds().first().unwrap();
        let wanted = mainsheet_manifests::Object {
            id: ObjectId::new(Kind::CustomResourceDefinition, None, crd.name),
            component: "base".to_owned(),
            wave: Wave::Crds,
            body: mainsheet_manifests::Body::Bundled(crd),
        };
        let there = |shape: Option<&str>| Live {
            shape: shape.map(str::to_owned),
            ..live(
                Kind::CustomResourceDefinition,
                crd.name,
                json!({ "spec": {} }),
            )
        };
        for (shape, reason) in [
            (None, Reason::Changed),
            (Some("nonsense"), Reason::Changed),
            (Some("1.9.0"), Reason::Changed),
            (Some(mainsheet_crds::istio::VERSION), Reason::Changed),
            (Some("1.99.0"), Reason::Newer),
            (Some("2.0.0"), Reason::Newer),
        ] {
            let plan = planned(std::slice::from_ref(&wanted), &inventory([there(shape)]));
            assert_eq!(only(&plan).1, reason, "{shape:?}");
        }
    }

    #[test]
    fn what_is_foreign_is_left_alone() {
        let wanted = [config("istio", "a")];
        let desired = Desired::new(&Manifests::new(wanted.to_vec()));
        let foreign = BTreeSet::from([wanted[0].id.clone()]);
        let plan = plan(INSTALLATION, &desired, &Inventory::new(), &foreign);
        assert_eq!(only(&plan), (Action::Keep, Reason::Foreign, vec![]));
    }

    #[test]
    fn equal_plans_have_equal_hashes() {
        let one = planned(&[config("istio", "a")], &Inventory::new());
        assert_eq!(
            one.hash(),
            planned(&[config("istio", "a")], &Inventory::new()).hash()
        );
        assert_ne!(
            one.hash(),
            planned(&[config("mesh", "a")], &Inventory::new()).hash()
        );
    }
}
