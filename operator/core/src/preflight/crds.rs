//! Istio's CRDs of somebody else: they are left to him, so they must have what the wanted version
//! reads.

use mainsheet_manifests::{Bundled, Kind};
use serde_json::Value;

use super::{Check, Facts, Finding, Severity, owner};
use crate::status::some_of;

/// Versions that Istio's APIs come in.
const VERSIONS: [&str; 4] = ["v1", "v1beta1", "v1alpha3", "v1alpha1"];

/// Those wanted CRDs that are there by another hand.
pub fn foreign<'a>(facts: &Facts<'a>) -> Vec<&'a Value> {
    let wanted = facts.crds.iter();
    let wanted = wanted.filter(|crd| facts.wants(Kind::CustomResourceDefinition, crd));
    // Those of any MeshInstallation are brought up by Mainsheet.
    wanted
        .filter(|crd| !owner(crd).starts_with("MeshInstallation "))
        .collect()
}

pub(super) fn findings(facts: &Facts<'_>) -> Option<Finding> {
    let foreign = foreign(facts);
    let holder = owner(foreign.first()?);
    let lacking: Vec<String> = mainsheet_manifests::crds()
        .iter()
        .filter_map(|bundled| {
            let found = foreign
                .iter()
                .find(|crd| crd["metadata"]["name"] == bundled.name)?;
            let lacking = lacking(bundled, found);
            (!lacking.is_empty()).then(|| format!("{} lacks {}", bundled.name, lacking.join(", ")))
        })
        .collect();
    (!lacking.is_empty()).then(|| Finding {
        check: Check::Crds,
        severity: Severity::Blocking,
        what: format!(
            "{} CustomResourceDefinitions belong to {holder} and are left to it, but {}",
            foreign.len(),
            some_of(&lacking)
        ),
        remedy: format!(
            "let {holder} upgrade them to those of Istio {}",
            facts.wanted
        ),
    })
}

/// The versions that a CRD of somebody else does not serve, and ours does.
fn lacking(bundled: &Bundled, found: &Value) -> Vec<&'static str> {
    let versions = found["spec"]["versions"].as_array().into_iter().flatten();
    let served: Vec<&str> = versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| version["name"].as_str())
        .collect();
    let ours = |version: &&str| bundled.yaml.contains(&format!("name: {version}\n"));
    let ours = VERSIONS.into_iter().filter(ours);
    ours.filter(|version| !served.contains(version)).collect()
}

#[cfg(test)]
mod tests {
    use mainsheet_manifests::{Body, Manifests, Object, ObjectId, Wave};
    use serde_json::json;

    use super::super::tests::facts;
    use super::*;
    use crate::desired::Desired;

    fn found(labels: &Value, versions: &[&str]) -> Option<Finding> {
        let bundled = mainsheet_manifests::crds()
            .iter()
            .find(|crd| crd.name == "virtualservices.networking.istio.io")
            .unwrap();
        let wanted = Object {
            id: ObjectId::new(Kind::CustomResourceDefinition, None, bundled.name),
            component: "base".to_owned(),
            wave: Wave::Crds,
            body: Body::Bundled(bundled),
        };
        let versions: Vec<Value> = versions
            .iter()
            .map(|name| json!({"name": name, "served": true}))
            .collect();
        let there = json!({"metadata": {"name": bundled.name, "labels": labels}, "spec": {"versions": versions}});
        let other = json!({"metadata": {"name": "shops.example.com"}});
        findings(&Facts {
            desired: &Desired::new(&Manifests::new([wanted])),
            crds: &[other, there],
            ..facts(None, "1.30.3")
        })
    }

    #[test]
    fn those_of_others_must_serve_what_is_read() {
        let olm = json!({"app.kubernetes.io/managed-by": "olm"});
        assert_eq!(found(&olm, &["v1", "v1beta1", "v1alpha3"]), None);
        let finding = found(&olm, &["v1beta1", "v1alpha3"]).unwrap();
        assert!(finding.blocks());
        assert_eq!(
            finding.to_string(),
            "1 CustomResourceDefinitions belong to olm and are left to it, but \
             virtualservices.networking.istio.io lacks v1; let olm upgrade them to those of Istio 1.30.3"
        );
    }

    #[test]
    fn those_of_meshes_are_brought_up_with_them() {
        let ours = json!({"mainsheet.dev/installation": "lake"});
        assert_eq!(found(&ours, &["v1beta1"]), None);
    }
}
