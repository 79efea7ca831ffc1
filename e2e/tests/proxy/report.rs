//! `bug-report`: the logs of control planes and of the operator, which nodes have.

use std::process::Command;

use anyhow::{Result, ensure};
use mainsheet_e2e::World;

use super::{pod_of, said};

pub(super) fn logs_are_collected_without_secrets(world: &World) -> Result<()> {
    world
        .cluster()
        .write_logs(&["all is well", "asked with token=hunter4-in-a-log"])?;
    let file = world.cluster().dir().join("report.tar.gz");
    let path = file.to_string_lossy().into_owned();
    let output = world
        .mainsheet(&["bug-report", "--output", &path])
        .output()?;
    let said = said(&output);
    ensure!(
        output.status.success() && !said.contains("could not be read"),
        "{said}"
    );
    let all = Command::new("tar").args(["-xzOf", &path]).output()?;
    let all = String::from_utf8(all.stdout)?;
    ensure!(
        !all.contains("hunter4") && all.contains("token=[redacted]"),
        "the log is as it was"
    );
    let list = Command::new("tar").args(["-tzf", &path]).output()?;
    let list = String::from_utf8(list.stdout)?;
    for (namespace, labels) in [
        ("istio-system", "app=istiod"),
        ("canary", "app=istiod"),
        (
            "mainsheet-system",
            "app.kubernetes.io/name=mainsheet-operator",
        ),
    ] {
        let pod = pod_of(world, namespace, labels)?;
        let log = format!("logs/{namespace}/{pod}.log");
        ensure!(list.contains(&log), "{log} is not in\n{list}");
    }
    Ok(())
}
