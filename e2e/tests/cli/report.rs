//! Verbs that look: what they tell of a mesh, and what they leave out.

use std::process::Command;

use anyhow::{Result, ensure};
use mainsheet_e2e::World;

use super::{all_in, run, says};

/// Nothing in this is to be seen by a maintainer.
const HIDDEN: [&str; 2] = ["hunter2-in-a-secret", "hunter3-in-an-annotation"];

pub(super) fn a_bug_report_has_no_secrets(world: &World) -> Result<()> {
    let literal = format!("--from-literal=cert={}", HIDDEN[0]);
    world.kubectl(&[
        "create",
        "secret",
        "generic",
        "cacerts",
        "-n",
        "istio-system",
        &literal,
    ])?;
    let annotation = format!("example.com/password={}", HIDDEN[1]);
    world.kubectl(&["annotate", "mi", "mesh", &annotation])?;
    let mark = world.mark()?;
    let file = world.cluster().dir().join("report.tar.gz");
    let path = file.to_string_lossy().into_owned();
    let told = run(world, 0, &["bug-report", "--output", &path])?;
    ensure!(told.out.trim() == path, "{}", told.out);
    all_in(
        &["bug-report"],
        &told.err,
        &["collecting MeshInstallations", "collecting logs of istiod"],
    )?;
    let asked = world.cluster().audit().since(mark)?;
    let about_secrets = asked
        .iter()
        .filter(|e| e.user == "admin" && e.resource == "secrets");
    ensure!(about_secrets.count() == 0, "secrets were read");

    let list = output(Command::new("tar").args(["-tzf", &path]))?;
    for part in [
        "versions.txt",
        "meshinstallations.yaml",
        "meshrevisions.yaml",
        "objects/deployments.yaml",
        "pods.yaml",
    ] {
        ensure!(
            list.lines().any(|line| line.ends_with(part)),
            "{part} is not in\n{list}"
        );
    }
    let all = output(Command::new("tar").args(["-xzOf", &path]))?;
    ensure!(all.contains("kind: MeshInstallation"), "{all}");
    for hidden in HIDDEN {
        ensure!(!all.contains(hidden), "{hidden} is in the report");
    }
    Ok(())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Pages that nobody has installed are named with what would bring them.
pub(super) fn pages_that_are_not_there(world: &World) -> Result<()> {
    says(
        world,
        1,
        &["dashboard", "kiali", "--browser=false"],
        &["kiali"],
    )?;
    says(
        world,
        1,
        &["dashboard", "grafana", "--browser=false"],
        &["grafana"],
    )?;
    says(world, 2, &["dashboard", "nonsense"], &["nonsense"])
}
