//! Several meshes in one cluster leave each other alone.

use std::collections::BTreeSet;

use anyhow::Result;
use mainsheet_e2e::{World, identities, installation};
use serde_json::{Value, json};

fn mesh(name: &str, spec: &Value) -> String {
    let mut all = json!({"profile": "minimal", "deletionPolicy": "Cascade"});
    for (field, value) in spec.as_object().into_iter().flatten() {
        all[field] = value.clone();
    }
    installation(name, &all)
}

#[test]
fn three_meshes_live_side_by_side_and_go_one_by_one() -> Result<()> {
    let world = World::new("together")?;
    let operator = world.start_operator()?;
    world.apply(&mesh("sea", &json!({"version": "1.29.6"})))?;
    world.wait_ready("sea")?;
    let of_sea = owned(&world, "sea")?;

    // Another namespace and revision, and the same namespace with another revision.
    let before = world.mark()?;
    world.apply(&mesh(
        "lake",
        &json!({"namespace": "lake", "revision": "blue"}),
    ))?;
    world.apply(&mesh("pond", &json!({"revision": "green"})))?;
    for name in ["lake", "pond"] {
        world.wait_ready(name)?;
    }
    assert_eq!(owned(&world, "sea")?, of_sea);
    let (of_lake, of_pond) = (owned(&world, "lake")?, owned(&world, "pond")?);
    for (one, other) in [
        (&of_sea, &of_lake),
        (&of_sea, &of_pond),
        (&of_lake, &of_pond),
    ] {
        assert!(one.is_disjoint(other), "{:?}", one.intersection(other));
    }
    untouched(&world, before, &of_sea)?;

    // A third place is taken: said with the name of who has it.
    world.apply(&mesh("bay", &json!({"revision": "green"})))?;
    let said = world.wait_stalled("bay")?;
    assert!(said.contains("MeshInstallation pond"), "{said}");
    world.delete("bay")?;

    // One is upgraded, one goes; what meshes share stays for the others.
    let before = world.mark()?;
    world.apply(&mesh(
        "pond",
        &json!({"revision": "green", "values": {"pilot": {"env": {"A": "1"}}}}),
    ))?;
    world.wait("pond", "the change", |mi| {
        mainsheet_e2e::is_ready(mi)
            && mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
    })?;
    world.delete("lake")?;
    assert!(owned(&world, "lake")?.is_empty());
    untouched(&world, before, &of_sea)?;

    // The one that came first, and has what all share, goes: the other one takes that over.
    world.delete("sea")?;
    let left = world.wait_ready("pond")?;
    assert!(mainsheet_e2e::is_ready(&left));
    let reader = [
        "-n",
        "istio-system",
        "get",
        "serviceaccount",
        "istio-reader-service-account",
    ];
    world.kubectl(&reader)?;
    world.kubectl(&["-n", "istio-system", "get", "deployment", "istiod-green"])?;
    world.delete("pond")?;
    operator.stop()
}

/// None of these was written.
fn untouched(world: &World, since: hack::audit::Mark, objects: &BTreeSet<String>) -> Result<()> {
    let requests = world.requests(since)?;
    for write in requests.object_writes() {
        let written = format!("{}/{}", write.namespace, write.name);
        assert!(
            !objects
                .iter()
                .any(|object| object.ends_with(&format!(" {written}"))),
            "{written} was written"
        );
    }
    Ok(())
}

/// What carries an installation's label.
fn owned(world: &World, installation: &str) -> Result<BTreeSet<String>> {
    let kinds = "serviceaccounts,roles,rolebindings,configmaps,services,deployments,clusterroles,\
        clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations";
    let label = format!("mainsheet.dev/installation={installation}");
    let found = world.json(&["get", kinds, "-A", "-l", &label])?;
    Ok(identities(&found).into_iter().collect())
}
