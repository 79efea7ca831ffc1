//! Fields that exist and have no behaviour yet. The API server refuses them by rules in the CRD;
//! here the same rules hold for specs that no API server has seen.

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::DeletionPolicy;

/// Whether a field is used, and what the CRD says then.
type Rule = (fn(&MeshInstallationSpec) -> bool, &'static str);

const RULES: [Rule; 1] = [(
    |spec| spec.deletion_policy == Some(DeletionPolicy::IfUnused),
    "spec.deletionPolicy: IfUnused is not available in this release; allowed: Orphan, Cascade",
)];

/// Findings about fields that have no behaviour yet.
pub(crate) fn check(spec: &MeshInstallationSpec) -> Vec<String> {
    let broken = RULES.iter().filter(|(used, _)| used(spec));
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
        let spec = json!({"addons": {}, "drift": "Owned", "deletionPolicy": "IfUnused"});
        let spec: MeshInstallationSpec = serde_json::from_value(spec).unwrap();
        assert_eq!(check(&spec), [RULES[0].1]);
    }
}
