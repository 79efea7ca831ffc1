//! A mesh with an operator: each step of its life is asked for from the terminal.

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{Injector, World, namespace};

use super::{json, report, run, says, writes};

#[test]
fn the_life_of_a_mesh_is_led_from_a_terminal() -> Result<()> {
    let world = World::new("cli-led")?;
    says(&world, 1, &["status"], &["no MeshInstallation"])?;
    let injector = Injector::start()?;
    injector.marks("one", "default");
    let spec = world.cluster().dir().join("mesh.yaml");
    let values = injector.values("one");
    let mesh = serde_json::json!({
        "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
        "metadata": {"name": "mesh"}, "spec": {"profile": "minimal", "version": "1.29", "values": values},
    });
    std::fs::write(&spec, mesh.to_string())?;
    let file = spec.to_str().context("no path")?;

    it_is_installed(&world, file)?;
    let operator = world.start_operator()?;
    says(
        &world,
        0,
        &["install", "-f", file, "-y"],
        &["MeshInstallation mesh: ready"],
    )?;
    it_is_shown(&world)?;
    it_is_checked(&world, file)?;
    report::a_bug_report_has_no_secrets(&world)?;
    report::pages_that_are_not_there(&world)?;
    tags_are_in_the_spec(&world)?;
    it_is_paused(&world)?;
    it_is_upgraded(&world)?;
    it_goes_back(&world)?;
    it_fails_and_is_tried_again(&world)?;

    let words = ["uninstall", "--revision", "default", "--cascade", "-y"];
    says(&world, 0, &words, &["MeshInstallation mesh is gone"])?;
    let left = world.kubectl(&["get", "deployments", "-n", "istio-system", "-o", "name"])?;
    ensure!(left.is_empty(), "{left}");
    world.kubectl(&[
        "get",
        "crd/gateways.networking.istio.io",
        "namespace/istio-system",
    ])?;
    operator.stop()
}

/// Without a running operator: rehearsed, applied and not waited for, waited for in vain.
fn it_is_installed(world: &World, file: &str) -> Result<()> {
    let install = ["install", "-f", file];
    let with = |more: &[&'static str]| [&install[..], more].concat();
    says(world, 0, &with(&["--dry-run"]), &["this was a dry run"])?;
    let none = world.kubectl(&["get", "meshinstallations", "-o", "name"])?;
    ensure!(none.is_empty(), "{none}");
    says(world, 2, &install, &["no terminal to ask on"])?;
    says(
        world,
        0,
        &with(&["-y", "--no-wait"]),
        &["MeshInstallation mesh applied"],
    )?;
    says(
        world,
        1,
        &with(&["-y", "--timeout", "1s"]),
        &["MeshInstallation mesh was not ready within 1s"],
    )?;
    writes(world, 1, &["status"], &["mesh", "Unknown"])
}

fn it_is_shown(world: &World) -> Result<()> {
    writes(
        world,
        0,
        &["status"],
        &[
            "1.29.6",
            "True",
            "Deployment istio-system/istiod   1/1",
            "Active",
        ],
    )?;
    let shown = json(world, 0, &["status", "mesh"])?;
    ensure!(
        shown == world.installation("mesh").map(without_managers)?,
        "{shown:#}"
    );
    let all = json(world, 0, &["status"])?;
    ensure!(
        all["kind"] == "List" && all["items"][0]["metadata"]["name"] == "mesh",
        "{all}"
    );
    says(world, 1, &["status", "lake"], &["lake"])?;
    writes(world, 0, &["history"], &["1.29.6", "Completed", "Active"])?;
    let history = json(world, 0, &["history"])?;
    ensure!(
        history[0]["version"] == "1.29.6" && history[0]["state"] == "Active",
        "{history}"
    );
    writes(
        world,
        0,
        &["version"],
        &["mesh:        mesh: Istio 1.29.6, revision default, ready"],
    )?;
    writes(world, 0, &["diff", "-f", "-"], &[])
        .err()
        .context("an empty file was taken")?;
    Ok(())
}

fn without_managers(mut object: serde_json::Value) -> serde_json::Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    object
}

fn it_is_checked(world: &World, file: &str) -> Result<()> {
    writes(
        world,
        0,
        &["verify-install", "mesh"],
        &[" 0 missing, 0 different, 0 not ready"],
    )?;
    writes(
        world,
        0,
        &["precheck", "-f", file],
        &[
            "by MeshInstallation mesh",
            "none of 0 others injects the same pods",
            " 0 failed",
        ],
    )?;
    writes(
        world,
        0,
        &["diff", "-f", file],
        &["0 to create, 0 to change, 0 to delete"],
    )?;
    writes(
        world,
        1,
        &["diff", "-f", file, "--set", "profile=default"],
        &["create  Deployment istio-system/istio-ingressgateway\n"],
    )
}

/// With an operator a tag stands in the spec.
fn tags_are_in_the_spec(world: &World) -> Result<()> {
    world.apply(&namespace("shop", &[("istio.io/rev", "prod")]).to_string())?;
    run(world, 0, &["tag", "set", "prod", "--revision", "default"])?;
    let spec = world.installation("mesh")?["spec"]["tags"].clone();
    ensure!(
        spec == serde_json::json!([{"name": "prod", "target": "default"}]),
        "{spec}"
    );
    world.wait_ready("mesh")?;
    writes(world, 0, &["tag", "list"], &["prod   default    shop"])?;
    says(
        world,
        2,
        &["tag", "remove", "prod"],
        &["get no sidecar: shop"],
    )?;
    run(world, 0, &["tag", "remove", "prod", "-y"])?;
    world.wait_ready("mesh")?;
    let left = run(world, 0, &["tag", "list"])?.out;
    ensure!(!left.contains("prod"), "{left}");
    Ok(())
}

fn it_is_paused(world: &World) -> Result<()> {
    says(world, 0, &["pause"], &["is paused now"])?;
    says(world, 0, &["pause"], &["is paused already"])?;
    world.wait("mesh", "suspension", |mi| {
        mainsheet_e2e::ready_message(mi).starts_with("suspended")
    })?;
    world.set_another_image()?;
    writes(
        world,
        1,
        &["verify-install"],
        &[
            "differs Deployment istio-system/istiod: ",
            " 0 missing, 1 different",
        ],
    )?;
    says(world, 0, &["resume"], &["is not paused now"])?;
    world.wait_ready("mesh")?;
    writes(
        world,
        0,
        &["verify-install"],
        &[" 0 missing, 0 different, 0 not ready"],
    )
}

fn it_is_upgraded(world: &World) -> Result<()> {
    says(
        world,
        1,
        &["approve", "-y"],
        &["has no plan that waits for approval"],
    )?;
    says(world, 1, &["upgrade", "--version", "1.31", "-y"], &["1.30"])?;
    let rehearsed = run(world, 0, &["upgrade", "--dry-run"])?;
    ensure!(
        rehearsed.err.contains("Istio 1.29.6 -> 1.30.3"),
        "{}",
        rehearsed.err
    );
    ensure!(
        rehearsed
            .out
            .contains("change  Deployment istio-system/istiod: "),
        "{}",
        rehearsed.out
    );
    approval(world, "Manual")?;
    says(
        world,
        1,
        &["upgrade", "-y"],
        &["waits for approval of its plan; look at it: mainsheet approve mesh"],
    )?;
    says(
        world,
        1,
        &["approve", "--hash", "other", "-y"],
        &["and not other"],
    )?;
    says(world, 2, &["approve"], &["to change, ", "no terminal"])?;
    says(world, 0, &["approve", "-y"], &["is approved"])?;
    world.wait("mesh", "the new version", |mi| {
        mi["status"]["version"] == "1.30.3"
    })?;
    world.wait_ready("mesh")?;
    approval(world, "Automatic")?;
    writes(world, 0, &["history"], &["1.30.3", "1.29.6", "Superseded"])
}

fn approval(world: &World, who: &str) -> Result<()> {
    let change = format!("{{\"spec\":{{\"upgrade\":{{\"approval\":\"{who}\"}}}}}}");
    world
        .kubectl(&["patch", "mi", "mesh", "--type=merge", "-p", &change])
        .map(|_| ())
}

fn it_goes_back(world: &World) -> Result<()> {
    says(
        world,
        0,
        &["rollback", "-y"],
        &[
            "Istio 1.29.6",
            "the spec is not carried out until `mainsheet rollback mesh --undo`",
        ],
    )?;
    writes(
        world,
        0,
        &["version"],
        &["mesh: Istio 1.29.6, revision default, ready"],
    )?;
    says(world, 0, &["rollback", "--undo", "-y"], &["is let go"])?;
    world.wait("mesh", "the spec again", |mi| {
        mi["status"]["version"] == "1.30.3"
    })?;
    world.wait_ready("mesh").map(|_| ())
}

fn it_fails_and_is_tried_again(world: &World) -> Result<()> {
    says(
        world,
        1,
        &["retry", "-y"],
        &["has no change that was rolled back"],
    )?;
    let change = |selector: &str| {
        format!(
            "{{\"spec\":{{\"upgrade\":{{\"readyTimeout\":\"4s\"}},\"components\":{{\"pilot\":{{\"k8s\":{{\"nodeSelector\":{selector}}}}}}}}}}}"
        )
    };
    world.kubectl(&[
        "patch",
        "mi",
        "mesh",
        "--type=merge",
        "-p",
        &change("{\"nowhere\":\"yes\"}"),
    ])?;
    world.wait_stalled("mesh")?;
    writes(world, 1, &["status"], &["rolled back"])?;
    // A node of that kind comes, and now it works.
    let nodes = world.kubectl(&["get", "nodes", "-o", "name"])?;
    let node = nodes.lines().next().context("no node")?;
    world.kubectl(&["label", node, "nowhere=yes"])?;
    says(
        world,
        0,
        &["retry", "-y"],
        &["was rolled back: ", "once more"],
    )?;
    writes(world, 0, &["status"], &["True"])
}
