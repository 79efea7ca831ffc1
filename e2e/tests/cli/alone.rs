//! A mesh without an operator: the same plan, carried out from the terminal.

use anyhow::{Result, ensure};
use mainsheet_e2e::World;

use super::{json, run, says, writes};

#[test]
fn a_mesh_comes_changes_and_goes_without_an_operator() -> Result<()> {
    let world = World::bare("cli-alone")?;
    nothing_is_there(&world)?;
    it_is_installed_and_changed(&world)?;
    what_is_broken_by_hand_is_found(&world)?;
    tags_are_objects(&world)?;

    // An operator that comes later goes on with what is there.
    world.install_operator()?;
    let before = istiod(&world)?;
    let operator = world.start_operator()?;
    says(
        &world,
        0,
        &["install", "--profile", "minimal", "-y"],
        &["MeshInstallation mesh: ready"],
    )?;
    ensure!(istiod(&world)? == before, "istiod was replaced");
    says(
        &world,
        1,
        &["install", "--no-operator", "--profile", "minimal", "-y"],
        &["is an operator's work"],
    )?;
    says(
        &world,
        0,
        &["uninstall", "--orphan", "-y"],
        &["MeshInstallation mesh is gone"],
    )?;
    operator.stop()?;
    ensure!(istiod(&world)? == before, "istiod did not stay");
    it_goes(&world)
}

/// Identity and template generation of istiod.
fn istiod(world: &World) -> Result<String> {
    let path = "jsonpath={.metadata.uid} {.metadata.generation}";
    world.kubectl(&["get", "deployment/istiod", "-n", "istio-system", "-o", path])
}

fn nothing_is_there(world: &World) -> Result<()> {
    writes(
        world,
        0,
        &["precheck", "--profile", "minimal"],
        &["ok   kubernetes: ", "you may do everything", " 0 failed"],
    )?;
    writes(
        world,
        0,
        &["version"],
        &["Kubernetes:  v1.", "mesh:        none"],
    )?;
    writes(
        world,
        1,
        &["diff", "--profile", "minimal"],
        &[
            "create  Deployment istio-system/istiod\n",
            " 0 to delete, 0 blocked, 0 as wanted",
        ],
    )?;
    for verb in [
        "status", "history", "upgrade", "approve", "rollback", "retry", "pause", "resume",
    ] {
        says(world, 1, &[verb], &["mainsheet operator manifests"])?;
    }
    says(world, 1, &["verify-install"], &["error: "])?;
    says(world, 1, &["uninstall", "-y"], &["error: "])?;
    says(
        world,
        0,
        &["uninstall", "--purge", "-y"],
        &["there is nothing of Mainsheet's in the cluster"],
    )
}

fn it_is_installed_and_changed(world: &World) -> Result<()> {
    let mark = world.mark()?;
    for how in ["--dry-run", "--dry-run=client"] {
        let words = ["install", "--profile", "minimal", how];
        let told = run(world, 0, &words)?;
        ensure!(
            told.out
                .contains("create  Deployment istio-system/istiod\n"),
            "{}",
            told.out
        );
        ensure!(
            told.err.contains("nothing was changed: this was a dry run"),
            "{}",
            told.err
        );
    }
    let kept = world.kubectl(&["get", "namespaces", "-o", "name"])?;
    ensure!(!kept.contains("istio-system"), "{kept}");
    let tried = world.cluster().audit().since(mark)?;
    ensure!(
        tried.iter().any(|e| e.user == "admin" && e.is_write()),
        "the server was not asked"
    );

    // Without a terminal nobody is asked, and nothing is done.
    let words = ["install", "--profile", "minimal"];
    says(
        world,
        2,
        &words,
        &["there is no terminal to ask on; give -y"],
    )?;
    says(
        world,
        0,
        &["install", "--profile", "minimal", "-y"],
        &[
            "there is no operator in the cluster: the plan is carried out from here",
            "Deployment istio-system/istiod: 1/1 ready",
            "nobody keeps it so",
        ],
    )?;
    writes(
        world,
        0,
        &["diff", "--profile", "minimal"],
        &["0 to create, 0 to change, 0 to delete, 0 blocked"],
    )?;

    // A larger profile adds, the smaller one again takes away.
    run(world, 0, &["install", "--profile", "demo", "-y", "--wait"])?;
    let deployments = ["get", "deployments", "-n", "istio-system", "-o", "name"];
    ensure!(world.kubectl(&deployments)?.contains("istio-egressgateway"));
    writes(
        world,
        1,
        &["diff", "--profile", "minimal"],
        &["delete  Deployment istio-system/istio-egressgateway\n"],
    )?;
    run(world, 0, &["install", "--profile", "minimal", "-y"])?;
    ensure!(!world.kubectl(&deployments)?.contains("gateway"));
    Ok(())
}

fn what_is_broken_by_hand_is_found(world: &World) -> Result<()> {
    writes(
        world,
        0,
        &["verify-install"],
        &[
            "ok      Deployment istio-system/istiod: 1/1 ready",
            " 0 missing, 0 different, 0 not ready",
        ],
    )?;
    let manifest = world.cluster().dir().join("minimal.yaml");
    let path = manifest.to_string_lossy().into_owned();
    let rendered = run(world, 0, &["manifest", "generate", "--profile", "minimal"])?.out;
    std::fs::write(&manifest, rendered)?;
    run(world, 0, &["verify-install", "-f", &path])?;
    world.set_another_image()?;
    world.kubectl(&["delete", "service/istiod", "-n", "istio-system"])?;
    writes(
        world,
        1,
        &["verify-install", "-f", &path],
        &[
            "missing Service istio-system/istiod",
            "differs Deployment istio-system/istiod: ",
            " 1 missing, 1 different, 0 not ready",
        ],
    )?;
    let named = run(world, 1, &["verify-install", "-f", &path, "-o", "name"])?.out;
    ensure!(named.lines().count() == 2, "{named}");
    run(world, 0, &["install", "--profile", "minimal", "-y"])?;
    run(world, 0, &["verify-install", "-f", &path]).map(|_| ())
}

/// Without an operator a tag is a webhook and a Service.
fn tags_are_objects(world: &World) -> Result<()> {
    writes(
        world,
        0,
        &["tag", "generate", "prod", "--revision", "default"],
        &["kind: MutatingWebhookConfiguration", "istio.io/tag: prod"],
    )?;
    says(
        world,
        0,
        &["tag", "set", "prod", "--revision", "default"],
        &["tag prod stands for revision default"],
    )?;
    world.kubectl(&["create", "namespace", "shop"])?;
    world.kubectl(&["label", "namespace", "shop", "istio.io/rev=prod"])?;
    writes(world, 0, &["tag", "list"], &["prod   default    shop"])?;
    says(world, 2, &["tag", "remove", "prod"], &["shop"])?;
    says(
        world,
        2,
        &["tag", "remove", "none", "-y"],
        &["there is no tag \"none\"; there are: prod"],
    )?;
    ensure!(
        json(world, 0, &["tag", "list"])?
            .to_string()
            .contains("prod")
    );
    run(world, 0, &["tag", "remove", "prod", "-y"])?;
    let left = run(world, 0, &["tag", "list"])?.out;
    ensure!(!left.contains("prod"), "{left}");
    Ok(())
}

/// First the mesh, of which CRDs, namespace and what users have made stay; then all of it.
fn it_goes(world: &World) -> Result<()> {
    let route = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: far, namespace: shop}, spec: {hosts: [far.example.com]}}";
    world.apply(route)?;
    says(
        world,
        1,
        &["uninstall", "--revision", "other", "-y"],
        &["of revision other"],
    )?;
    says(
        world,
        2,
        &["uninstall"],
        &["stays:  Istio's CRDs", "no terminal"],
    )?;
    run(world, 0, &["uninstall", "--revision", "default", "-y"])?;
    let left = world.kubectl(&[
        "get",
        "deployments,services,configmaps",
        "-n",
        "istio-system",
        "-o",
        "name",
    ])?;
    ensure!(left.trim() == "configmap/kube-root-ca.crt", "{left}");
    world.kubectl(&["get", "serviceentry/far", "-n", "shop"])?;
    says(
        world,
        0,
        &["uninstall", "--purge", "-y"],
        &[
            "1 serviceentries.networking.istio.io",
            "deleted CustomResourceDefinition gateways.networking.istio.io",
        ],
    )?;
    let left = world.kubectl(&["get", "crd", "-o", "name"])?;
    ensure!(!left.contains("istio.io"), "{left}");
    world
        .kubectl(&["get", "namespace/istio-system"])
        .map(|_| ())
}
