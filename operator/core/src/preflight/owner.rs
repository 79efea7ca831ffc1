//! Who has installed an object, as far as it tells.

use mainsheet_crds::meta;
use serde_json::Value;

/// Who has installed an object, in words: by its labels, annotations and owners.
pub fn owner(object: &Value) -> String {
    let metadata = &object["metadata"];
    let label = |key: &str| metadata["labels"][key].as_str();
    if let Some(installation) = label(meta::LABEL_INSTALLATION) {
        return format!("MeshInstallation {installation}");
    }
    let owners = metadata["ownerReferences"].as_array();
    if let Some(owner) = owners.into_iter().flatten().next() {
        let text = |key: &str| owner[key].as_str().unwrap_or_default();
        return format!("{} {}", text("kind"), text("name"));
    }
    if let Some(release) = metadata["annotations"]["meta.helm.sh/release-name"].as_str() {
        return format!("Helm release {release}");
    }
    // Charts of Istio say Helm even where istioctl renders them, which then names itself as well.
    if label("operator.istio.io/managed").is_some()
        || label("install.operator.istio.io/owning-resource").is_some()
    {
        return "istioctl".to_owned();
    }
    match label(meta::LABEL_MANAGED_BY) {
        Some(manager) => manager.to_owned(),
        None => "somebody else".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_installer_is_told_by_what_it_leaves() {
        let told = |metadata: Value| owner(&json!({ "metadata": metadata }));
        assert_eq!(
            told(json!({"labels": {"mainsheet.dev/installation": "sea"}})),
            "MeshInstallation sea"
        );
        let istioctl = json!({"labels": {"app.kubernetes.io/managed-by": "Helm", "operator.istio.io/managed": "Reconcile"}});
        assert_eq!(told(istioctl), "istioctl");
        let helm = json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "istiod"}});
        assert_eq!(told(helm), "Helm release istiod");
        let sail = json!({"ownerReferences": [{"kind": "IstioRevision", "name": "default"}], "annotations": {"meta.helm.sh/release-name": "x"}});
        assert_eq!(told(sail), "IstioRevision default");
        assert_eq!(told(json!({})), "somebody else");
    }
}
