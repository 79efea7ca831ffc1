//! APIs whose meaning changes with a version of Istio, and users' resources of them.

use mainsheet_profiles::catalogue::Release;
use serde_json::Value;

use super::versions::{minor, release};
use super::{Check, Facts, Finding, Severity};
use crate::removal::name;
use crate::status::some_of;

/// A resource that some version reads otherwise, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// API group.
    pub group: &'static str,
    /// API version to list it by.
    pub version: &'static str,
    /// Name of the resource.
    pub plural: &'static str,
    /// Its kind.
    pub kind: &'static str,
    when: When,
    severity: Severity,
    why: &'static str,
    remedy: &'static str,
}

/// Annotation with the release of the Gateway API that a CRD is from.
const BUNDLE: &str = "gateway.networking.k8s.io/bundle-version";
/// How many of users' resources are asked for.
const NAMED: usize = 10;

/// Which changes a resource matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Going to this minor version or past it from one before it.
    Reaching(u32),
    /// The same, if the API's CRD is of a bundle before this one.
    ReachingWithBundle(u32, &'static str),
    /// Going to any other minor version.
    AnyMinor,
}

/// Users' resources of one API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Name of the resource, as in [`Dropped::plural`].
    pub plural: String,
    /// Name of its CRD.
    pub crd: String,
    /// Some of them, as `namespace/name`.
    pub names: Vec<String>,
    /// Version of the bundle that its CRD says it comes from (Gateway API).
    pub bundle: Option<String>,
}

/// What changes between the bundled versions.
pub const DROPPED: [Dropped; 3] = [
    Dropped {
        group: "gateway.networking.x-k8s.io",
        version: "v1alpha1",
        plural: "xlistenersets",
        kind: "XListenerSet",
        when: When::Reaching(30),
        severity: Severity::Blocking,
        why: "istiod reads ListenerSet of gateway.networking.k8s.io instead from 1.30 on",
        remedy: "make ListenerSets of them first (Gateway API 1.5)",
    },
    Dropped {
        group: "gateway.networking.k8s.io",
        version: "v1alpha2",
        plural: "tcproutes",
        kind: "TCPRoute",
        when: When::ReachingWithBundle(31, "1.6.0"),
        severity: Severity::Blocking,
        why: "istiod ignores TCPRoutes of a Gateway API before 1.6.0 from 1.31 on",
        remedy: "upgrade the CRDs of the Gateway API to 1.6.0 first",
    },
    Dropped {
        group: "networking.istio.io",
        version: "v1alpha3",
        plural: "envoyfilters",
        kind: "EnvoyFilter",
        when: When::AnyMinor,
        severity: Severity::Warning,
        why: "they reach into the proxy, whose insides change with every minor version",
        remedy: "try them with the new version before workloads move",
    },
];

impl Dropped {
    /// Where the API server lists some of them.
    pub fn path(&self) -> String {
        let (group, version, plural) = (self.group, self.version, self.plural);
        format!("/apis/{group}/{version}/{plural}?limit={NAMED}")
    }

    /// Whether a change from one version to another is one that it matters to.
    pub fn matters(&self, running: Option<&str>, wanted: &str) -> bool {
        let number = |release: &'static Release| release.minor.number;
        let (Some(from), Some(to)) = (
            running.and_then(release).map(number),
            release(wanted).map(number),
        ) else {
            return false;
        };
        match self.when {
            When::Reaching(minor) | When::ReachingWithBundle(minor, _) => {
                from < minor && minor <= to
            }
            When::AnyMinor => from != to,
        }
    }

    fn hits(&self, used: &Used) -> bool {
        let enough = |bundle: &str, least: &str| minor(bundle) >= minor(least);
        used.plural == self.plural
            && !used.names.is_empty()
            && match self.when {
                When::Reaching(_) | When::AnyMinor => true,
                When::ReachingWithBundle(_, least) => !used
                    .bundle
                    .as_deref()
                    .is_some_and(|bundle| enough(bundle, least)),
            }
    }
}

// === impl Used ===

impl Used {
    /// Resources of an API, as they were listed.
    pub fn new(api: &Dropped, items: &[Value]) -> Self {
        Self {
            plural: api.plural.to_owned(),
            crd: format!("{}.{}", api.plural, api.group),
            names: items.iter().map(name).collect(),
            bundle: None,
        }
    }

    /// Looks for the bundle among CRDs.
    pub fn find_bundle(&mut self, crds: &[Value]) {
        let mut crds = crds.iter();
        let crd = crds.find(|crd| crd["metadata"]["name"] == self.crd.as_str());
        self.bundle = crd
            .and_then(|crd| crd["metadata"]["annotations"][BUNDLE].as_str())
            .map(str::to_owned);
    }
}

pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let matter = DROPPED
        .iter()
        .filter(|dropped| dropped.matters(facts.running, facts.wanted));
    matter
        .filter_map(|dropped| {
            let used = facts.used.iter().find(|used| dropped.hits(used))?;
            Some(Finding {
                check: Check::Apis,
                severity: dropped.severity,
                what: format!("{} {}: {}", dropped.kind, some_of(&used.names), dropped.why),
                remedy: dropped.remedy.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use super::*;

    fn used(plural: &str, bundle: Option<&str>) -> Vec<Used> {
        vec![Used {
            plural: plural.to_owned(),
            names: vec!["shop/web".to_owned()],
            crd: String::new(),
            bundle: bundle.map(str::to_owned),
        }]
    }

    fn judged(from: &str, to: &str, used: &[Used]) -> Vec<Severity> {
        let found = findings(&Facts {
            used,
            ..facts(Some(from), to)
        });
        found.into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_resource_that_the_wanted_version_does_not_read_blocks() {
        let sets = used("xlistenersets", None);
        assert_eq!(judged("1.29.6", "1.30.3", &sets), [Severity::Blocking]);
        assert_eq!(judged("1.28.10", "1.29.6", &sets), []);
        let found = findings(&Facts {
            used: &sets,
            ..facts(Some("1.29.6"), "1.30.3")
        });
        assert!(
            found[0].what.starts_with("XListenerSet shop/web: "),
            "{}",
            found[0]
        );
    }

    #[test]
    fn routes_block_only_with_an_old_gateway_api() {
        for (bundle, blocks) in [
            (None, true),
            (Some("v1.5.1"), true),
            (Some("v1.6.0"), false),
        ] {
            let found = judged("1.30.3", "1.31.0", &used("tcproutes", bundle));
            assert_eq!(!found.is_empty(), blocks, "{bundle:?}");
        }
    }

    #[test]
    fn envoy_filters_are_told_when_the_minor_version_changes() {
        let filters = used("envoyfilters", None);
        assert_eq!(judged("1.29.6", "1.30.3", &filters), [Severity::Warning]);
        assert_eq!(judged("1.30.3", "1.30.3", &filters), []);
    }
}
