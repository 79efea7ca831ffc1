//! A mesh of another installer is taken over: nothing restarts, nothing is recreated.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{World, conditions, fed};
use serde_json::{Value, json};

const NEVER: &str = "istio.io/deactivated";

fn mesh(annotations: &Value, spec: &Value) -> String {
    json!({"apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
        "metadata": {"name": "mesh", "annotations": annotations}, "spec": spec})
    .to_string()
}

#[test]
fn a_mesh_of_another_installer_is_taken_over_without_a_restart() -> Result<()> {
    let world = World::new("adoption")?;
    let operator = world.start_operator()?;
    let spec = json!({"profile": "default", "version": "1.30.3", "deletionPolicy": "Cascade"});

    for installer in [Installer::Istioctl, Installer::Helm] {
        let objects = installer.install(&world)?;
        let (uids, pods) = (uids(&world, &objects)?, pods(&world)?);
        ensure!(!pods.is_empty(), "the mesh runs no pods");

        // Without being told so, nothing is taken.
        world.apply(&mesh(&json!({}), &spec))?;
        let said = world.wait_stalled("mesh")?;
        assert!(
            said.contains("mainsheet.dev/adopt=allow")
                || said.contains("istio-revision-tag-default"),
            "{said}"
        );

        // A takeover that would restart istiod is refused, with the path.
        let allow = json!({"mainsheet.dev/adopt": "allow"});
        let mut other = spec.clone();
        other["values"] = json!({"pilot": {"env": {"OTHER": "1"}}});
        world.apply(&mesh(&allow, &other))?;
        let said = world.wait_stalled("mesh")?;
        assert!(said.contains("Deployment istio-system/istiod"), "{said}");
        assert!(said.contains("containers[discovery].env[OTHER]"), "{said}");
        assert_eq!(self::uids(&world, &objects)?, uids);

        foreseen(&world, &mesh(&json!({}), &spec))?;
        world.apply(&mesh(&allow, &spec))?;
        let ready = world.wait_ready("mesh")?;
        assert!(conditions(&ready).contains(&"Ready=True".to_owned()));
        assert_eq!(
            self::uids(&world, &objects)?,
            uids,
            "objects were recreated"
        );
        assert_eq!(self::pods(&world)?, pods, "pods were restarted");

        // Ownership has moved, and with it the labels and notes of the other installer.
        let istiod = world.json(&[
            "-n",
            "istio-system",
            "get",
            "deployment",
            "istiod",
            "--show-managed-fields",
        ])?;
        let managers = istiod["metadata"]["managedFields"]
            .as_array()
            .context("no managed fields")?;
        let names: Vec<&str> = managers
            .iter()
            .filter_map(|entry| entry["manager"].as_str())
            .collect();
        assert!(
            names.contains(&"mainsheet") && !names.contains(&installer.manager()),
            "{names:?}"
        );
        let metadata = istiod["metadata"].to_string();
        for trace in ["operator.istio.io", "meta.helm.sh"] {
            assert!(
                !istiod["metadata"]["labels"].to_string().contains(trace),
                "{metadata}"
            );
            assert!(
                !istiod["metadata"]["annotations"]
                    .to_string()
                    .contains(trace),
                "{metadata}"
            );
        }

        // One injector, and it is on.
        let injectors = world.json(&["get", "mutatingwebhookconfigurations"])?;
        let names: Vec<&Value> = injectors["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|i| &i["metadata"]["name"])
            .collect();
        assert_eq!(names, ["istio-sidecar-injector"]);
        assert!(!injectors.to_string().contains(NEVER), "{injectors:#}");
        world.delete("mesh")?;
        world.kubectl(&[
            "delete",
            "deployments,services,configmaps,serviceaccounts,roles,rolebindings",
            "--all",
            "-n",
            "istio-system",
        ])?;
    }
    operator.stop()
}

/// The takeover is in the plan, with what would change, before it is allowed on the installation.
fn foreseen(world: &World, wish: &str) -> Result<()> {
    let mut diff = world.mainsheet(&["diff", "--adopt", "-f", "-"]);
    let output = fed(&mut diff, wish)?;
    let said = String::from_utf8(output.stdout)?;
    let istiod = said
        .lines()
        .find(|line| line.starts_with("change  Deployment istio-system/istiod: "))
        .with_context(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))?;
    ensure!(
        istiod.contains("metadata.labels.mainsheet.dev/installation")
            && !istiod.contains("spec.template"),
        "{istiod}"
    );
    ensure!(!said.contains("create  Deployment"), "{said}");
    Ok(())
}

#[derive(Clone, Copy)]
enum Installer {
    Istioctl,
    Helm,
}

impl Installer {
    fn manager(self) -> &'static str {
        match self {
            Self::Istioctl => "istio-operator",
            Self::Helm => "helm",
        }
    }

    /// Installs what it would, and gives the objects.
    fn install(self, world: &World) -> Result<Vec<Value>> {
        let set = ["profile=default", "version=1.30.3"];
        let words = [
            "manifest", "generate", "--set", set[0], "--set", set[1], "-o", "json",
        ];
        let rendered: Value = serde_json::from_slice(&world.mainsheet(&words).output()?.stdout)?;
        let items = rendered["items"]
            .as_array()
            .context("nothing was rendered")?;
        let mut objects: Vec<Value> = items.iter().cloned().map(|item| self.mark(item)).collect();
        if let Self::Istioctl = self {
            default_tag(&mut objects);
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
            Self::Helm => {
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

/// UID of each object, by kind, namespace and name; the tag's are left out, since it goes.
fn uids(world: &World, objects: &[Value]) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for object in objects
        .iter()
        .filter(|o| o["metadata"]["name"] != "istio-revision-tag-default")
    {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
        let namespace = text(&object["metadata"]["namespace"]);
        let mut words = vec![
            "get",
            kind.as_str(),
            name.as_str(),
            "-o",
            "jsonpath={.metadata.uid}",
        ];
        if !namespace.is_empty() {
            words.extend(["-n", namespace.as_str()]);
        }
        let uid = world.kubectl(&words)?;
        found.insert(format!("{kind} {namespace}/{name}"), uid);
    }
    Ok(found)
}

/// Every pod of the control plane's namespace, by UID.
fn pods(world: &World) -> Result<Vec<String>> {
    let uids = world.kubectl(&[
        "-n",
        "istio-system",
        "get",
        "pods",
        "-o",
        "jsonpath={.items[*].metadata.uid}",
    ])?;
    let mut uids: Vec<String> = uids.split_whitespace().map(str::to_owned).collect();
    uids.sort();
    Ok(uids)
}
