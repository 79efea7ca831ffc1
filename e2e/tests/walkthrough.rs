//! docs/walkthrough.md, block by block, as somebody would type it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{Injector, World, binary};

const PAGE: &str = include_str!("../../docs/walkthrough.md");

/// The blocks of the page that are to be typed.
fn blocks() -> Vec<&'static str> {
    let parts = PAGE.split("```sh\n").skip(1);
    parts.filter_map(|part| part.split("```").next()).collect()
}

/// A program of this name that runs another one.
fn wrapper(folder: &Path, name: &str, script: &str) -> Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn quoted(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    words.join(" ")
}

#[test]
fn every_block_of_the_walkthrough_does_what_it_says() -> Result<()> {
    let world = World::new("walkthrough")?;
    let _operator = world.start_operator()?;
    let injector = Injector::start()?;
    injector.marks("default", "default");
    let folder = world.cluster().dir().join("bin");
    std::fs::create_dir_all(&folder)?;
    wrapper(
        &folder,
        "kubectl",
        &format!("exec {} \"$@\"", quoted(&world.cluster().kubectl())),
    )?;
    // No istiod answers here: the webhook is sent to a stand-in, which nobody who reads on needs.
    let mainsheet = binary("mainsheet")?;
    let stand_in = format!(
        "--set values.istiodRemote.injectionURL={} --set values.istiodRemote.injectionCABundle={}",
        injector.url("default"),
        injector.ca_bundle()
    );
    wrapper(
        &folder,
        "mainsheet",
        &format!(
            "case $1 in install|diff) set -- \"$@\" {stand_in};; esac\nexec '{}' \"$@\"",
            mainsheet.display()
        ),
    )?;
    let mut said = Vec::new();
    for block in blocks() {
        let output = Command::new("bash")
            .args(["-eo", "pipefail", "-c", block])
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .env("KUBECONFIG", world.cluster().kubeconfig())
            .output()?;
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        ensure!(
            output.status.success(),
            "{block}\nended with {}:\n{out}\n{err}",
            output.status
        );
        said.push(format!("{out}{err}"));
    }
    let block = |word: &str| -> Result<&String> {
        let at = blocks()
            .iter()
            .position(|block| block.contains(word))
            .context("no such block")?;
        Ok(&said[at])
    };
    for (word, expected) in [
        ("profile list", "openshift-ambient"),
        ("install --profile demo", "MeshInstallation mesh: ready"),
        ("mainsheet version", "data plane:  "),
        ("jsonpath", "nginx istio-proxy"),
        (
            "get gateway.networking.istio.io",
            "virtualservice.networking.istio.io/web",
        ),
        (
            "mainsheet diff",
            "delete  Deployment istio-system/istio-egressgateway",
        ),
        ("mainsheet upgrade", "1.30.3"),
        (
            "kubectl delete --ignore-not-found",
            "deployment.apps \"istiod\"",
        ),
    ] {
        let said = block(word)?;
        ensure!(
            said.contains(expected),
            "{word}: {expected:?} is not in\n{said}"
        );
    }
    let left = world.kubectl(&["get", "deployments", "-n", "istio-system", "-o", "name"])?;
    ensure!(left.trim().is_empty(), "left: {left}");
    Ok(())
}
