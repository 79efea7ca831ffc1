//! Other installers, as far as a takeover is concerned: the same objects with their marks, their
//! field managers, and what they add.

use anyhow::{Context, Result};
use mainsheet_e2e::World;
use serde_json::{Value, json};

/// The label that switches istioctl's injector off.
pub(crate) const NEVER: &str = "istio.io/deactivated";

#[derive(Clone, Copy)]
pub(crate) enum Installer {
    Istioctl,
    Helm,
    Sail,
}

impl Installer {
    pub(crate) fn manager(self) -> &'static str {
        match self {
            Self::Istioctl => "istio-operator",
            Self::Helm => "helm",
            Self::Sail => "sail-operator",
        }
    }

    /// Installs what it would, and gives the objects.
    pub(crate) fn install(self, world: &World) -> Result<Vec<Value>> {
        let set = ["profile=default", "version=1.30.3"];
        let words = [
            "manifest", "generate", "--set", set[0], "--set", set[1], "-o", "json",
        ];
        let rendered: Value = serde_json::from_slice(&world.mainsheet(&words).output()?.stdout)?;
        let items = rendered["items"]
            .as_array()
            .context("nothing was rendered")?;
        let mut objects: Vec<Value> = items.iter().cloned().map(|item| self.mark(item)).collect();
        match self {
            Self::Istioctl => default_tag(&mut objects),
            Self::Helm => {}
            Self::Sail => owned(world, &mut objects)?,
        }
        let first = |kind: &str| matches!(kind, "CustomResourceDefinition" | "Namespace");
        let (before, after): (Vec<Value>, Vec<Value>) = objects
            .iter()
            .cloned()
            .partition(|o| first(o["kind"].as_str().unwrap_or_default()));
        for part in [before, after] {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": part}).to_string();
            world.apply_as(&list, self.manager())?;
        }
        for workload in ["deployment/istiod", "deployment/istio-ingressgateway"] {
            world.kubectl(&[
                "-n",
                "istio-system",
                "rollout",
                "status",
                workload,
                "--timeout=60s",
            ])?;
        }
        Ok(objects)
    }

    /// The marks of the installer in place of Mainsheet's.
    fn mark(self, mut object: Value) -> Value {
        let metadata = &mut object["metadata"];
        if let Some(labels) = metadata["labels"].as_object_mut() {
            labels.retain(|key, _| !key.starts_with("mainsheet.dev/"));
        }
        metadata["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
        match self {
            Self::Istioctl => {
                metadata["labels"]["operator.istio.io/managed"] = json!("Reconcile");
                metadata["labels"]["install.operator.istio.io/owning-resource-namespace"] =
                    json!("istio-system");
            }
            Self::Helm | Self::Sail => {
                metadata["annotations"]["meta.helm.sh/release-name"] = json!("istiod");
            }
        }
        // Charts label pods, too, with what no other installer would write.
        let labels = object.pointer_mut("/spec/template/metadata/labels");
        if let Some(labels) = labels.and_then(Value::as_object_mut) {
            labels.insert("helm.sh/chart".to_owned(), json!("istiod-1.30.3"));
        }
        object
    }
}

/// Sail's operator owns what it installs, by way of a resource of its own kind, which is deleted
/// with everything that it owns.
fn owned(world: &World, objects: &mut [Value]) -> Result<()> {
    let names = json!({"kind": "IstioRevision", "plural": "istiorevisions"});
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "istiorevisions.sailoperator.io"},
        "spec": {"group": "sailoperator.io", "scope": "Cluster", "names": names,
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}]},
    });
    world.apply(&crd.to_string())?;
    world.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "crd/istiorevisions.sailoperator.io",
    ])?;
    let owner = json!({"apiVersion": "sailoperator.io/v1", "kind": "IstioRevision", "metadata": {"name": "default"}});
    world.apply(&owner.to_string())?;
    let uid = world.json(&["get", "istiorevision", "default"])?["metadata"]["uid"].clone();
    let shared = |kind: &Value| kind == "CustomResourceDefinition" || kind == "Namespace";
    for object in objects.iter_mut().filter(|object| !shared(&object["kind"])) {
        object["metadata"]["ownerReferences"] = json!([{"apiVersion": "sailoperator.io/v1",
            "kind": "IstioRevision", "name": "default", "uid": uid, "controller": true,
            "blockOwnerDeletion": true}]);
    }
    Ok(())
}

/// What istioctl does after it has applied: the tag injects, and the injector is switched off.
fn default_tag(objects: &mut Vec<Value>) {
    let injector = objects.iter_mut().find(|o| {
        o["metadata"]["name"] == "istio-sidecar-injector"
            && o["kind"] == "MutatingWebhookConfiguration"
    });
    let Some(injector) = injector else { return };
    let mut tag = injector.clone();
    tag["metadata"]["name"] = json!("istio-revision-tag-default");
    tag["metadata"]["labels"]["istio.io/tag"] = json!("default");
    for webhook in injector["webhooks"].as_array_mut().into_iter().flatten() {
        for selector in ["namespaceSelector", "objectSelector"] {
            webhook[selector] = json!({"matchLabels": {NEVER: "never-match"}});
        }
    }
    objects.push(tag);
}
