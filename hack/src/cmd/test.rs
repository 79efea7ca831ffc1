//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use hack::progress;
use hack::tools::Tools;

/// Crates that must neither see a client nor a runtime, so that what they compute depends on their
/// arguments alone.
const PURE: [&str; 5] = [
    "mainsheet-crds",
    "mainsheet-profiles",
    "mainsheet-manifests",
    "mainsheet-core",
    "mainsheet-analysis",
];
/// Crates that a pure one may not depend on.
const IMPURE: [&str; 4] = ["kube-client", "kube-runtime", "tokio", "hyper"];
/// The others.
const REST: [&str; 4] = ["mainsheet-operator", "mainsheet", "mainsheet-e2e", "hack"];

/// Format, lints, crate-by-crate check, and the tests of rings 1 to 3
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out ring 3, which needs Go once to build a Kubernetes control plane
    #[arg(long)]
    no_cluster: bool,
}

impl Args {
    pub(crate) fn run(self) -> Result<ExitCode> {
        cargo("format", &["fmt", "--all", "--check"])?;
        cargo(
            "lints",
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ],
        )?;
        for package in PURE.into_iter().chain(REST) {
            cargo(
                &format!("{package} alone"),
                &["check", "--quiet", "--package", package],
            )?;
        }
        for package in PURE {
            pure(package)?;
        }
        cargo(
            "rings 1 and 2",
            &["test", "--workspace", "--exclude", "mainsheet-e2e"],
        )?;
        injection()?;
        if !self.no_cluster {
            Tools::ensure()?;
            cargo(
                "binaries",
                &[
                    "build",
                    "--quiet",
                    "--package",
                    "mainsheet",
                    "--package",
                    "mainsheet-operator",
                ],
            )?;
            // One test at a time: two control planes at once are slow on two cores.
            cargo(
                "ring 3",
                &[
                    "test",
                    "--package",
                    "mainsheet-e2e",
                    "--",
                    "--test-threads=1",
                ],
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn cargo(what: &str, words: &[&str]) -> Result<()> {
    progress::say(format_args!("== {what}: cargo {}", words.join(" ")));
    let status = Command::new("cargo")
        .args(words)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "{what} failed");
    Ok(())
}

/// A crate's dependencies as cargo resolves them for it alone.
fn pure(package: &str) -> Result<()> {
    let words = [
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let output = Command::new("cargo")
        .args(words)
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout)?;
    let found = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .find(|name| IMPURE.contains(name));
    ensure!(
        found.is_none(),
        "{package} is to be pure, but depends on {}",
        found.unwrap_or_default()
    );
    Ok(())
}

/// The injection templates are programs for istiod: Go runs them here as it does.
fn injection() -> Result<()> {
    progress::say("== injection templates: go test");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/injection");
    let status = Command::new("go")
        .args(["test", "./..."])
        .current_dir(folder)
        .status();
    let status = status.context(
        "cannot run go: install Go 1.26 or later, from your system's packages or go.dev",
    )?;
    ensure!(status.success(), "the injection templates do not hold");
    Ok(())
}
