//! `proxy-config` of a pod: the same as its proxy tells whoever asks the admin interface itself.

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{Envoy, World};

use super::{said, wait_forwarded, written};

pub(super) fn a_pod_tells_what_its_proxy_does(
    world: &World,
    envoy: &Envoy,
    web: &str,
) -> Result<()> {
    let pod = format!("{web}.shop");
    wait_forwarded(world, &["proxy-config", "listener", &pod])?;
    for kind in [
        "all",
        "bootstrap",
        "cluster",
        "endpoint",
        "listener",
        "log",
        "route",
        "secret",
    ] {
        let itself = written(
            world,
            &["proxy-config", kind, "--admin-address", envoy.admin()],
        )?;
        for target in [&pod, "deploy/web.shop"] {
            let found = written(world, &["proxy-config", kind, target])?;
            ensure!(found == itself, "{kind} {target}: {found}\n{itself}");
        }
        ensure!(!itself.is_empty(), "{kind} is empty");
    }
    let set = written(world, &["pc", "log", &pod, "--level", "rbac:trace"])?;
    ensure!(set.contains("  rbac: trace\n"), "{set}");
    let itself = written(world, &["pc", "log", "--admin-address", envoy.admin()])?;
    ensure!(itself == set, "{itself}");
    others_are_refused(world, &pod)
}

/// A pod that is not there, and a port at which nobody listens.
fn others_are_refused(world: &World, pod: &str) -> Result<()> {
    for (words, cause) in [
        (&["pc", "cluster", "nobody.shop"][..], "nobody"),
        (
            &["pc", "cluster", pod, "--proxy-admin-port", "15001"],
            "port 15001: ",
        ),
    ] {
        let output = world.mainsheet(words).output()?;
        let said = said(&output);
        ensure!(output.status.code() == Some(1), "{words:?}: {said}");
        said.find(cause)
            .with_context(|| format!("{words:?}: {said}"))?;
    }
    Ok(())
}
