//! A mesh of another installer is taken over: nothing restarts, nothing is recreated.

mod installer;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{World, conditions, fed};
use serde_json::{Value, json};

use installer::{Installer, NEVER};

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

    for installer in [Installer::Istioctl, Installer::Helm, Installer::Sail] {
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
        let mark = world.mark()?;
        match installer {
            Installer::Sail => approved(&world, &allow, &spec)?,
            Installer::Istioctl | Installer::Helm => {
                world.apply(&mesh(&allow, &spec))?;
            }
        }
        let ready = world.wait_ready("mesh")?;
        assert!(conditions(&ready).contains(&"Ready=True".to_owned()));
        assert_eq!(
            self::uids(&world, &objects)?,
            uids,
            "objects were recreated"
        );
        assert_eq!(self::pods(&world)?, pods, "pods were restarted");
        let made_anew = world.requests(mark)?;
        let made_anew = made_anew.places("deployments", &["create", "update", "delete"]);
        assert!(made_anew.is_empty(), "deployments were written anew");
        ownership_has_moved(&world, installer)?;
        one_injector_is_on(&world)?;
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

/// The labels and notes of the other installer are gone, and its hold on fields.
fn ownership_has_moved(world: &World, installer: Installer) -> Result<()> {
    let metadata = istiod(world)?["metadata"].take();
    let managers = metadata["managedFields"].as_array();
    let names: Vec<&str> = managers
        .context("no managed fields")?
        .iter()
        .filter_map(|entry| entry["manager"].as_str())
        .collect();
    ensure!(
        names.contains(&"mainsheet") && !names.contains(&installer.manager()),
        "{names:?}"
    );
    let marks = format!("{}{}", metadata["labels"], metadata["annotations"]);
    for trace in ["operator.istio.io", "meta.helm.sh"] {
        ensure!(!marks.contains(trace), "{metadata}");
    }
    ensure!(metadata["ownerReferences"].is_null(), "{metadata}");
    Ok(())
}

fn istiod(world: &World) -> Result<Value> {
    let words = ["-n", "istio-system", "get", "deployment", "istiod"];
    world.json(&[&words[..], &["--show-managed-fields"]].concat())
}

fn one_injector_is_on(world: &World) -> Result<()> {
    let injectors = world.json(&["get", "mutatingwebhookconfigurations"])?;
    let items = injectors["items"].as_array().context("no list")?;
    let names: Vec<&Value> = items.iter().map(|one| &one["metadata"]["name"]).collect();
    assert_eq!(names, ["istio-sidecar-injector"]);
    ensure!(!injectors.to_string().contains(NEVER), "{injectors:#}");
    Ok(())
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

/// Where plans are to be approved nothing is handed over before that, and one approval is enough.
fn approved(world: &World, allow: &Value, spec: &Value) -> Result<()> {
    let mut manual = spec.clone();
    // Another wish than the one before: what has begun is not asked again.
    manual["meshConfig"] = json!({"accessLogFile": "/dev/stdout"});
    manual["upgrade"] = json!({"approval": "Manual"});
    world.apply(&mesh(allow, &manual))?;
    let waiting = world.wait("mesh", "the plan", |mi| {
        mi["status"]["plan"]["awaitsApproval"] == true
            && mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
    })?;
    let update = &waiting["status"]["plan"]["update"];
    ensure!(update.as_u64() > Some(10), "{update}");
    let words = ["-n", "istio-system", "get", "deployment", "istiod"];
    let istiod = world.json(&[&words[..], &["--show-managed-fields"]].concat())?;
    ensure!(
        !istiod["metadata"]["managedFields"]
            .to_string()
            .contains("\"mainsheet\""),
        "handed over before the approval"
    );
    let output = world.mainsheet(&["approve", "mesh", "-y"]).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(())
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
