//! What is checked before a change is begun: facts go in, findings come out. The operator carries
//! out no change with a blocking finding; the command line shows the same findings beforehand.

mod agents;
mod apis;
mod crds;
mod overlap;
mod owner;
mod versions;

use std::fmt;

use mainsheet_manifests::{Kind, ObjectId};
use serde::Serialize;
use serde_json::Value;

use crate::desired::{Desired, Wanted};

pub use apis::{DROPPED, Dropped, Used};
pub use crds::foreign as foreign_crds;
pub use overlap::overlaps;
pub use owner::owner;
pub use versions::minor;

/// Everything that the checks look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Name of the `MeshInstallation`.
    pub installation: &'a str,
    /// Istio version that is wanted, exact.
    pub wanted: &'a str,
    /// Istio version that runs; none at a first install.
    pub running: Option<&'a str>,
    /// Version of the API server, such as `v1.36.1`.
    pub kubernetes: &'a str,
    /// The objects that are wanted.
    pub desired: &'a Desired,
    /// Every `MutatingWebhookConfiguration` in the cluster.
    pub webhooks: &'a [Value],
    /// Every `DaemonSet` in the cluster.
    pub daemon_sets: &'a [Value],
    /// Metadata and versions of the CRDs that are there; others than the wanted ones are passed over.
    pub crds: &'a [Value],
    /// Users' resources of APIs that change: see [`DROPPED`].
    pub used: &'a [Used],
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// Whether the change may go on.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// The checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Check {
    /// Whether the wanted version supports this Kubernetes.
    Kubernetes,
    /// Whether users have resources that the wanted version does not read any more.
    Apis,
    /// Whether another control plane would inject the same pods.
    Webhooks,
    /// Whether CRDs of somebody else serve what the wanted version reads.
    Crds,
    /// Whether the agents on the nodes work with the wanted control plane.
    NodeAgents,
}

/// Whether a change may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// It goes on, and somebody should know.
    Warning,
    /// It is not begun.
    Blocking,
}

/// Every finding, the blocking ones first.
pub fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(versions::kubernetes(facts));
    found.extend(apis::findings(facts));
    found.extend(webhooks(facts));
    found.extend(crds::findings(facts));
    found.extend(agents::findings(facts));
    found.sort_by_key(|finding: &Finding| (std::cmp::Reverse(finding.severity), finding.check));
    found
}

/// Webhooks of others that would be called for the pods that ours are.
fn webhooks(facts: &Facts<'_>) -> Vec<Finding> {
    let wanted = facts.desired.objects().iter();
    let wanted = wanted.filter(|one| one.id.kind == Kind::MutatingWebhookConfiguration);
    let ours: Vec<Value> = wanted.filter_map(Wanted::rendered).collect();
    let ours: Vec<&Value> = ours.iter().collect();
    let others = facts.webhooks.iter();
    let others: Vec<&Value> = others
        .filter(|found| facts.is_beside(Kind::MutatingWebhookConfiguration, found))
        .collect();
    let overlaps = overlaps(&ours, &others);
    overlaps
        .into_iter()
        .map(|(name, labels)| Finding {
            check: Check::Webhooks,
            severity: Severity::Blocking,
            what: format!(
                "MutatingWebhookConfiguration {name} injects {labels}: these pods would be injected twice"
            ),
            remedy: "delete it or move its tag first, or set spec.revision to another name".to_owned(),
        })
        .collect()
}

// === impl Facts ===

impl Facts<'_> {
    /// Whether an object of this kind is wanted by this name.
    fn wants(&self, kind: Kind, found: &Value) -> bool {
        let metadata = &found["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let id = ObjectId::new(kind, metadata["namespace"].as_str(), name);
        self.desired.contains(&id)
    }

    /// Whether an object is somebody else's and stays beside ours. One in the place of a wanted one
    /// is taken over, or in the way.
    fn is_beside(&self, kind: Kind, found: &Value) -> bool {
        let mine = format!("MeshInstallation {}", self.installation);
        owner(found) != mine && !self.wants(kind, found)
    }
}

// === impl Finding ===

impl Finding {
    /// Whether the change must not be begun.
    pub fn blocks(&self) -> bool {
        match self.severity {
            Severity::Blocking => true,
            Severity::Warning => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::{Manifests, Wave};
    use serde_json::json;

    use super::*;
    use crate::test_support::object;

    pub(super) fn facts<'a>(running: Option<&'a str>, wanted: &'a str) -> Facts<'a> {
        static NOTHING: std::sync::LazyLock<Desired> = std::sync::LazyLock::new(Desired::default);
        Facts {
            installation: "sea",
            wanted,
            running,
            kubernetes: "v1.34.2",
            desired: &NOTHING,
            webhooks: &[],
            daemon_sets: &[],
            crds: &[],
            used: &[],
        }
    }

    fn hooks() -> Value {
        json!({"webhooks": [{"name": "namespace.sidecar-injector.istio.io",
            "namespaceSelector": {"matchLabels": {"istio-injection": "enabled"}}}]})
    }

    #[test]
    fn the_usual_change_has_no_findings() {
        assert_eq!(findings(&facts(Some("1.29.6"), "1.30.3")), []);
        assert_eq!(findings(&facts(None, "1.30.3")), []);
    }

    #[test]
    fn an_injector_beside_ours_blocks_and_one_in_our_place_does_not() {
        let kind = Kind::MutatingWebhookConfiguration;
        let ours = object(kind, "istio-sidecar-injector", Wave::Webhooks, hooks());
        let desired = Desired::new(&Manifests::new([ours]));
        let named = |name: &str| {
            let mut there = hooks();
            there["metadata"] = json!({"name": name});
            there
        };
        let there = [
            named("istio-sidecar-injector"),
            named("istio-revision-tag-default"),
        ];
        let found = findings(&Facts {
            desired: &desired,
            webhooks: &there,
            ..facts(None, "1.30.3")
        });
        assert_eq!(found.len(), 1);
        assert!(found[0].blocks());
        assert!(
            found[0].what.contains("istio-revision-tag-default"),
            "{}",
            found[0]
        );
    }
}
