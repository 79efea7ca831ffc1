//! Whose the namespaces are: which follow the names that the operator moves, which are pinned to a
//! control plane by their owner, and which wave each is in.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_crds::meta::{DEFAULT_REVISION, LABEL_ISTIO_REV};

use super::policy::{Policy, Wave};
use crate::dataplane::{DataPlane, Group};

const LABEL_INJECTION: &str = "istio-injection";

/// Namespaces that follow the names of a policy, by Istio's rules: `istio-injection` beats
/// `istio.io/rev`. One without labels follows when pods in it have asked for a sidecar.
pub(super) fn movable(policy: &Policy, plane: &DataPlane, revisions: &[&str]) -> BTreeSet<String> {
    let asked: BTreeSet<&str> = plane
        .groups
        .iter()
        .filter(|group| is_of(group, revisions))
        .map(|group| &*group.workload.namespace)
        .collect();
    let follows = |name: &str, labels: &BTreeMap<String, String>| {
        let injection = labels.get(LABEL_INJECTION).map(String::as_str);
        match (injection, labels.get(LABEL_ISTIO_REV)) {
            (Some("enabled"), _) => policy.following().any(|name| name == DEFAULT_REVISION),
            (Some(_), _) => false,
            (None, Some(rev)) => policy.following().any(|name| name == rev),
            (None, None) => asked.contains(name),
        }
    };
    let all = plane.namespaces.iter();
    all.filter(|(name, labels)| follows(name, labels))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Namespaces that their owners have pinned to a control plane's own name.
pub(super) fn pinned(policy: &Policy, plane: &DataPlane, istio_revision: &str) -> Vec<String> {
    if policy.is_name(istio_revision) {
        return Vec::new();
    }
    let all = plane.namespaces.iter();
    all.filter(|(_, labels)| {
        !labels.contains_key(LABEL_INJECTION)
            && labels
                .get(LABEL_ISTIO_REV)
                .is_some_and(|rev| rev == istio_revision)
    })
    .map(|(name, _)| name.clone())
    .collect()
}

/// The namespaces of each wave: each is in the first that selects it.
pub(super) fn by_wave(
    waves: &[Wave],
    movable: &BTreeSet<String>,
    plane: &DataPlane,
) -> Vec<BTreeSet<String>> {
    let mut members = vec![BTreeSet::new(); waves.len()];
    let none = BTreeMap::new();
    for name in movable {
        let labels = plane.namespaces.get(name).unwrap_or(&none);
        if let Some(place) = waves.iter().position(|wave| wave.selector.matches(labels)) {
            members[place].insert(name.clone());
        }
    }
    members
}

/// Whether a group's pods were injected by one of these revisions.
pub(super) fn is_of(group: &Group, revisions: &[&str]) -> bool {
    revisions
        .iter()
        .any(|revision| *revision == &*group.revision)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::fixtures::{group, plane, policy};

    #[test]
    fn who_follows_and_who_is_pinned_is_told_by_istios_labels() {
        let plane = plane(
            &[
                ("on", &[("istio-injection", "enabled")]),
                (
                    "off",
                    &[("istio-injection", "disabled"), ("istio.io/rev", "default")],
                ),
                ("rev", &[("istio.io/rev", "default")]),
                ("pinned", &[("istio.io/rev", "blue")]),
                ("asks", &[]),
                ("plain", &[]),
            ],
            vec![
                group("asks", "web", "default", 1),
                group("plain", "web", "theirs", 1),
            ],
        );
        let policy = policy();
        let names = ["asks", "on", "rev"].map(str::to_owned).into();
        assert_eq!(movable(&policy, &plane, &["default"]), names);
        assert_eq!(super::pinned(&policy, &plane, "blue"), ["pinned"]);
        assert!(super::pinned(&policy, &plane, "default").is_empty());
    }
}
