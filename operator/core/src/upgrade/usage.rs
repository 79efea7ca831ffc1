//! What still uses a control plane. Only what is known for certain to be unused may go.

use std::collections::BTreeSet;

use super::namespaces::pinned;
use super::policy::{Policy, Target};
use crate::ambient::Ambient;
use crate::dataplane::DataPlane;

/// Whether a control plane is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Not everything has been seen.
    Unknown,
    /// What uses it; nothing when empty.
    Known(Vec<String>),
}

/// What uses the control plane of an Istio revision: live pods that it injected (gateways and
/// waypoints among them), namespaces pinned to it, tags that point at it, namespaces in ambient mode
/// by its ztunnel.
pub(super) fn of(
    istio_revision: &str,
    policy: &Policy,
    plane: &DataPlane,
    ambient: &Ambient,
) -> Usage {
    if !plane.complete {
        return Usage::Unknown;
    }
    let groups = plane
        .groups
        .iter()
        .filter(|group| *group.revision == *istio_revision)
        .map(|group| {
            let (workload, pods) = (&group.workload, group.pods);
            format!(
                "{workload} ({pods} {})",
                if pods == 1 { "pod" } else { "pods" }
            )
        });
    let namespaces = pinned(policy, plane, istio_revision)
        .into_iter()
        .map(|name| format!("Namespace {name} (istio.io/rev: {istio_revision})"));
    let tags = policy
        .tags
        .iter()
        .filter(|(_, target)| **target == Target::Revision(istio_revision.to_owned()))
        .map(|(name, _)| format!("spec.tags {name}"));
    let ambient = ambient.evidence(istio_revision);
    Usage::Known(
        groups
            .chain(namespaces)
            .chain(tags)
            .chain(ambient)
            .collect(),
    )
}

/// Of these Istio revisions, those that nothing uses.
pub fn unused<'r>(
    revisions: impl IntoIterator<Item = &'r str>,
    policy: &Policy,
    plane: &DataPlane,
    ambient: &Ambient,
) -> BTreeSet<String> {
    let known = |revision: &&str| of(revision, policy, plane, ambient) == Usage::Known(Vec::new());
    revisions
        .into_iter()
        .filter(known)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::fixtures::{group, plane, policy};

    #[test]
    fn each_piece_of_evidence_has_a_name() {
        let mut policy = policy();
        policy.tags = [("old".to_owned(), Target::Revision("blue".to_owned()))].into();
        let plane = plane(
            &[("sea", &[("istio.io/rev", "blue")])],
            vec![group("sea", "web", "blue", 2)],
        );
        let Usage::Known(evidence) = of("blue", &policy, &plane, &Ambient::default()) else {
            panic!("known");
        };
        assert_eq!(
            evidence,
            [
                "Deployment sea/web (2 pods)",
                "Namespace sea (istio.io/rev: blue)",
                "spec.tags old"
            ]
        );
        assert_eq!(
            of("green", &policy, &plane, &Ambient::default()),
            Usage::Known(vec![])
        );
    }

    #[test]
    fn what_has_not_been_seen_whole_is_not_known_to_be_unused() {
        let (plane, ambient) = (DataPlane::default(), Ambient::default());
        assert_eq!(of("blue", &policy(), &plane, &ambient), Usage::Unknown);
        assert!(unused(["blue"], &policy(), &plane, &ambient).is_empty());
    }
}
