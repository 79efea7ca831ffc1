//! The operator is killed in the middle of an install, at ten different points, and what comes out
//! is the same each time.

use std::collections::BTreeMap;

use anyhow::Result;
use hack::poll;
use mainsheet_e2e::{DEADLINE, World};
use serde_json::Value;

const MESH: &str = "{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, \
                    spec: {profile: demo, deletionPolicy: Cascade}}";
const KINDS: &str = "serviceaccounts,roles,rolebindings,configmaps,services,deployments,clusterroles,\
    clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations,\
    customresourcedefinitions,namespaces,meshrevisions";
/// After how many writes of objects the operator is killed.
const POINTS: [usize; 10] = [0, 1, 3, 5, 8, 11, 14, 17, 20, 24];

/// Every owned object without what the API server numbers and dates.
fn state(world: &World) -> Result<BTreeMap<String, Value>> {
    let list = world.json(&[
        "get",
        KINDS,
        "-A",
        "-l",
        "app.kubernetes.io/managed-by=mainsheet",
    ])?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    Ok(items
        .into_iter()
        .map(|mut object| {
            let id = format!(
                "{} {}/{}",
                object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]
            );
            if let Some(object) = object.as_object_mut() {
                object.remove("status");
            }
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.retain(|key, _| {
                    matches!(
                        key.as_str(),
                        "name" | "namespace" | "labels" | "annotations"
                    )
                });
                if let Some(annotations) = metadata
                    .get_mut("annotations")
                    .and_then(Value::as_object_mut)
                {
                    annotations.retain(|key, _| !key.starts_with("deployment.kubernetes.io/"));
                }
            }
            // Addresses are handed out anew for each Service.
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.retain(|key, _| {
                    !matches!(
                        key.as_str(),
                        "clusterIP" | "clusterIPs" | "healthCheckNodePort"
                    )
                });
            }
            if let Some(ports) = object["spec"]["ports"].as_array_mut() {
                for port in ports.iter_mut().filter_map(Value::as_object_mut) {
                    port.remove("nodePort");
                }
            }
            (id, object)
        })
        .collect())
}

#[test]
fn an_install_that_is_killed_anywhere_converges_to_the_same_objects() -> Result<()> {
    let world = World::new("kill")?;
    let operator = world.start_operator()?;
    world.apply(MESH)?;
    world.wait_ready("mesh")?;
    let wanted = state(&world)?;
    assert!(wanted.len() > 30, "{:?}", wanted.keys());
    world.delete("mesh")?;
    operator.stop()?;

    for point in POINTS {
        let operator = world.start_operator()?;
        let before = world.mark()?;
        world.apply(MESH)?;
        poll::until("writes", DEADLINE, || {
            Ok((world.requests(before)?.object_writes().len() >= point).then_some(()))
        })?;
        operator.kill()?;

        let operator = world.start_operator()?;
        world.wait_ready("mesh")?;
        let found = state(&world)?;
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            wanted.keys().collect::<Vec<_>>(),
            "killed after {point} writes"
        );
        assert_eq!(found, wanted, "killed after {point} writes");
        world.delete("mesh")?;
        operator.stop()?;
    }
    Ok(())
}
