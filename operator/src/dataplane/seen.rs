//! What the watches have brought so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use mainsheet_core::census::Census;
use mainsheet_core::dataplane::DataPlane;

use super::feed::Sighting;
use super::pod::{NamespaceMetadata, PodMetadata, Texts};

/// Namespaces and pods, and whether all of them have been seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    namespaces: Namespaces,
    pods: Census,
    pods_whole: bool,
    texts: Texts,
}

#[derive(Debug, Default)]
struct Namespaces {
    /// Shared with what has been told; copied only when one of them changes.
    known: Arc<BTreeMap<String, BTreeMap<String, String>>>,
    listed: BTreeMap<String, BTreeMap<String, String>>,
    listing: bool,
    whole: bool,
}

impl Seen {
    /// Takes in what the watch of pods brings. Says whether there is news to tell.
    pub(super) fn pod(&mut self, sighting: Sighting<PodMetadata>) -> bool {
        match sighting {
            Sighting::Begin => {
                self.pods.begin();
                false
            }
            Sighting::There(pod) => {
                let changed = match pod.injected(&mut self.texts) {
                    Some(pod) => self.pods.put(pod),
                    None => self.pods.remove(pod.uid()),
                };
                changed && self.pods_whole
            }
            Sighting::Gone(pod) => self.pods.remove(pod.uid()),
            Sighting::Whole => {
                self.pods.finish();
                self.texts.tidy();
                self.pods_whole = true;
                true
            }
            Sighting::Lost => std::mem::take(&mut self.pods_whole),
        }
    }

    /// Takes in what the watch of namespaces brings. Says whether there is news to tell.
    pub(super) fn namespace(&mut self, sighting: Sighting<NamespaceMetadata>) -> bool {
        let Namespaces {
            known,
            listed,
            listing,
            whole,
        } = &mut self.namespaces;
        match sighting {
            Sighting::Begin => {
                listed.clear();
                *listing = true;
                false
            }
            Sighting::There(namespace) if *listing => {
                listed.insert(namespace.name, namespace.labels);
                false
            }
            Sighting::There(namespace) => {
                let changed = known.get(&namespace.name) != Some(&namespace.labels);
                if changed {
                    Arc::make_mut(known).insert(namespace.name, namespace.labels);
                }
                changed
            }
            Sighting::Gone(namespace) => {
                listed.remove(&namespace.name);
                let changed = known.contains_key(&namespace.name);
                if changed {
                    Arc::make_mut(known).remove(&namespace.name);
                }
                changed
            }
            Sighting::Whole => {
                *known = Arc::new(std::mem::take(listed));
                (*listing, *whole) = (false, true);
                true
            }
            Sighting::Lost => std::mem::take(whole),
        }
    }

    /// All of it. Before everything has been seen, that is all that is said.
    pub(super) fn data_plane(&mut self) -> DataPlane {
        if !self.pods_whole || !self.namespaces.whole {
            return DataPlane::default();
        }
        DataPlane {
            complete: true,
            namespaces: Arc::clone(&self.namespaces.known),
            groups: self.pods.groups(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(uid: u8, annotations: &Value) -> PodMetadata {
        let metadata = json!({
            "uid": format!("uid-{uid}"), "name": format!("p-{uid}"), "namespace": "sea",
            "creationTimestamp": "2026-01-02T03:04:05Z", "annotations": annotations,
        });
        serde_json::from_value(metadata).unwrap()
    }

    fn injected(uid: u8) -> PodMetadata {
        pod(uid, &json!({"istio.io/rev": "canary"}))
    }

    fn namespace(name: &str, labels: &Value) -> NamespaceMetadata {
        serde_json::from_value(json!({"name": name, "labels": labels})).unwrap()
    }

    fn listed(pods: impl IntoIterator<Item = PodMetadata>) -> Seen {
        let mut seen = Seen::default();
        seen.pod(Sighting::Begin);
        for pod in pods {
            seen.pod(Sighting::There(pod));
        }
        seen.pod(Sighting::Whole);
        seen.namespace(Sighting::Begin);
        seen.namespace(Sighting::There(namespace(
            "sea",
            &json!({"istio-injection": "enabled"}),
        )));
        seen.namespace(Sighting::Whole);
        seen
    }

    fn counted(seen: &mut Seen) -> u32 {
        seen.data_plane()
            .groups
            .iter()
            .map(|group| group.pods)
            .sum()
    }

    #[test]
    fn nothing_is_said_before_both_lists_are_whole() {
        let mut seen = Seen::default();
        seen.pod(Sighting::Begin);
        assert!(
            !seen.pod(Sighting::There(injected(1))),
            "a list in the making is no news"
        );
        assert!(seen.pod(Sighting::Whole));
        assert_eq!(seen.data_plane(), DataPlane::default());
        seen.namespace(Sighting::Begin);
        seen.namespace(Sighting::Whole);
        let plane = seen.data_plane();
        assert!(plane.complete && plane.groups.len() == 1);
    }

    #[test]
    fn an_annotation_of_a_pod_is_no_news() {
        let mut seen = listed([injected(1)]);
        let touched = pod(1, &json!({"istio.io/rev": "canary", "touched": "today"}));
        assert!(!seen.pod(Sighting::There(touched)));
        assert!(seen.pod(Sighting::There(pod(1, &json!({"istio.io/rev": "other"})))));
    }

    #[test]
    fn a_pod_that_is_no_longer_injected_no_longer_counts() {
        let mut seen = listed([injected(1), injected(2)]);
        assert!(seen.pod(Sighting::There(pod(1, &json!({})))));
        assert_eq!(counted(&mut seen), 1);
        assert!(seen.pod(Sighting::Gone(injected(2))));
        assert_eq!(counted(&mut seen), 0);
    }

    #[test]
    fn a_new_list_takes_away_what_it_does_not_bring_and_only_at_its_end() {
        let mut seen = listed([injected(1), injected(2)]);
        seen.pod(Sighting::Begin);
        seen.pod(Sighting::There(injected(2)));
        seen.namespace(Sighting::Begin);
        assert_eq!(counted(&mut seen), 2);
        assert_eq!(seen.data_plane().namespaces.len(), 1);
        seen.pod(Sighting::Whole);
        seen.namespace(Sighting::Whole);
        assert_eq!(counted(&mut seen), 1);
        assert!(seen.data_plane().namespaces.is_empty());
    }

    #[test]
    fn a_lost_watch_leaves_nothing_known_for_certain() {
        let mut seen = listed([injected(1)]);
        assert!(seen.pod(Sighting::Lost));
        assert!(!seen.data_plane().complete);
        seen.pod(Sighting::Begin);
        seen.pod(Sighting::There(injected(1)));
        seen.pod(Sighting::Whole);
        assert_eq!(counted(&mut seen), 1);
    }

    #[test]
    fn only_a_label_of_a_namespace_that_changes_is_news() {
        let mut seen = listed([]);
        let same = json!({"istio-injection": "enabled"});
        assert!(!seen.namespace(Sighting::There(namespace("sea", &same))));
        assert!(seen.namespace(Sighting::There(namespace("sea", &json!({})))));
        assert!(seen.namespace(Sighting::There(namespace("lake", &json!({})))));
        assert!(seen.namespace(Sighting::Gone(namespace("sea", &json!({})))));
        assert_eq!(
            seen.data_plane().namespaces.keys().collect::<Vec<_>>(),
            ["lake"]
        );
    }
}
