//! The committed rights of the operator are what it needs and what it may ever grant: the union of
//! the roles of every version, profile and setting that changes a role. `cargo xtask generate`
//! writes them anew.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::path::PathBuf;
use std::sync::LazyLock;

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::Profile;
use mainsheet_manifests::Manifests;
use mainsheet_operator::install;
use mainsheet_profiles::{Context, catalogue};
use serde_json::{Value, json};

/// Settings that change what a role grants.
fn settings() -> Vec<Value> {
    vec![
        json!({}),
        json!({"pilot": {"taint": {"enabled": true}}}),
        json!({"global": {"istiod": {"enableAnalysis": true}}}),
        json!({"pilot": {"env": {"EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API"}}}),
        json!({"pilot": {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": "true"}}}),
        json!({"global": {"configCluster": true}}),
        json!({"istiodRemote": {"enabledLocalInjectorIstiod": true}}),
        json!({"cni": {"repair": {"deletePods": true}}}),
        json!({"cni": {"repair": {"labelPods": true}}}),
        json!({"cni": {"ambient": {"enabled": true}}}),
        json!({"global": {"platform": "openshift"}}),
    ]
}

/// Every role that any mesh may have: each profile as it is, and each setting on a mesh with all
/// components, on one that is served from elsewhere, and on one without sidecars.
static EVERYTHING: LazyLock<Vec<Manifests>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for version in catalogue::Release::names() {
        let plain = Profile::ALL.into_iter().map(|profile| (profile, json!({})));
        let set = [Profile::Demo, Profile::Remote, Profile::Ambient].into_iter();
        let set =
            set.flat_map(|profile| settings().into_iter().map(move |values| (profile, values)));
        all.extend(
            plain
                .chain(set)
                .map(|(profile, values)| manifests(&version, profile, &values)),
        );
    }
    all
});

fn manifests(version: &str, profile: Profile, values: &Value) -> Manifests {
    let spec = json!({
        "version": version, "profile": profile, "values": values,
        "components": {"cni": {"enabled": true}, "ztunnel": {"enabled": true}},
    });
    let spec: MeshInstallationSpec = serde_json::from_value(spec).unwrap();
    let resolved = mainsheet_profiles::resolve("mesh", &spec, &Context::default()).unwrap();
    mainsheet_manifests::render(&resolved).unwrap()
}

#[test]
fn the_committed_rights_are_those_that_are_needed_and_granted() {
    let rules = install::cluster_role_rules(EVERYTHING.iter());
    let wanted = serde_saphyr::to_string(&rules).unwrap();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("generated/rules.yaml");
    if std::env::var_os("MAINSHEET_GENERATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is out of date: cargo xtask generate",
        path.display()
    );
}

#[test]
fn every_wildcard_is_one_that_istiod_is_granted() {
    let granted: Vec<install::Rule> = EVERYTHING.iter().flat_map(install::granted).collect();
    let granted = install::merged(granted);
    let is_wild = |rule: &install::Rule| {
        rule.resources.contains(&"*".to_owned()) || rule.verbs.contains(&"*".to_owned())
    };
    for rule in install::rules()
        .unwrap()
        .iter()
        .filter(|rule| is_wild(rule))
    {
        assert!(
            granted
                .iter()
                .any(|g| g.api_groups == rule.api_groups && is_wild(g)),
            "{rule:?}"
        );
    }
}
