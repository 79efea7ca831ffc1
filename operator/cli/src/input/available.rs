//! Fields that exist and have no behaviour yet. The API server refuses them by rules in the CRD;
//! here the same rules hold for specs that no API server has seen.

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::{Approval, DeletionPolicy, Drift, Strategy, Upgrade};

/// Whether a field is used, and what the CRD says then.
type Rule = (fn(&MeshInstallationSpec, &Upgrade) -> bool, &'static str);

const RULES: [Rule; 10] = [
    (
        |spec, _| spec.addons.is_some(),
        "spec.addons: not available in this release; leave it out",
    ),
    (
        |spec, _| spec.tags.is_some(),
        "spec.tags: not available in this release; use spec.values.revisionTags",
    ),
    (
        |spec, _| spec.drift == Some(Drift::Owned),
        "spec.drift: Owned is not available in this release; allowed: Exact",
    ),
    (
        |spec, _| spec.deletion_policy == Some(DeletionPolicy::IfUnused),
        "spec.deletionPolicy: IfUnused is not available in this release; allowed: Orphan, Cascade",
    ),
    (
        |_, upgrade| upgrade.strategy == Some(Strategy::Canary),
        "spec.upgrade.strategy: Canary is not available in this release; allowed: InPlace",
    ),
    (
        |_, upgrade| upgrade.approval == Some(Approval::Manual),
        "spec.upgrade.approval: Manual is not available in this release; allowed: Automatic",
    ),
    (
        |_, upgrade| upgrade.ready_timeout.is_some(),
        "spec.upgrade.readyTimeout: not available in this release; leave it out",
    ),
    (
        |_, upgrade| upgrade.soak.is_some(),
        "spec.upgrade.soak: not available in this release; leave it out",
    ),
    (
        |_, upgrade| upgrade.data_plane.is_some(),
        "spec.upgrade.dataPlane: not available in this release; restart workloads by hand",
    ),
    (
        |_, upgrade| upgrade.retirement_grace.is_some(),
        "spec.upgrade.retirementGrace: not available in this release; leave it out",
    ),
];

/// Findings about fields that have no behaviour yet.
pub(crate) fn check(spec: &MeshInstallationSpec) -> Vec<String> {
    let none = Upgrade::default();
    let upgrade = spec.upgrade.as_ref().unwrap_or(&none);
    let broken = RULES.iter().filter(|(used, _)| used(spec, upgrade));
    broken.map(|(_, message)| (*message).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mainsheet_crds::{CustomResourceExt, MeshInstallation};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_rules_are_those_of_the_crd_but_for_what_cannot_be_changed() {
        let crd = serde_json::to_value(MeshInstallation::crd()).unwrap();
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        let rules = spec["x-kubernetes-validations"].as_array().unwrap();
        let messages = rules.iter().map(|rule| rule["message"].as_str().unwrap());
        let of_crd: BTreeSet<&str> = messages
            .filter(|m| !m.contains("cannot be changed"))
            .collect();
        let ours: BTreeSet<&str> = RULES.iter().map(|(_, message)| *message).collect();
        assert_eq!(ours, of_crd);
    }

    #[test]
    fn a_field_without_behaviour_is_refused_by_name() {
        let spec = json!({"addons": {}, "drift": "Exact", "upgrade": {"strategy": "Canary", "history": 3}});
        let spec: MeshInstallationSpec = serde_json::from_value(spec).unwrap();
        assert_eq!(check(&spec), [RULES[0].1, RULES[4].1]);
    }
}
