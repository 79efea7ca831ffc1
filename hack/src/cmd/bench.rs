//! `cargo xtask bench`: builds for release and measures.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use hack::progress;

/// Measure the command line and the operator, built for release, on a local cluster
#[derive(clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run() -> Result<ExitCode> {
        progress::say("building for release");
        for words in [
            ["build", "--release", "--quiet", "--package", "mainsheet"].as_slice(),
            &[
                "build",
                "--release",
                "--quiet",
                "--package",
                "mainsheet-operator",
            ],
            &[
                "run",
                "--release",
                "--quiet",
                "--package",
                "mainsheet-e2e",
                "--bin",
                "bench",
            ],
        ] {
            let status = Command::new("cargo")
                .args(words)
                .status()
                .context("cannot run cargo")?;
            ensure!(status.success(), "cargo {} failed", words.join(" "));
        }
        Ok(ExitCode::SUCCESS)
    }
}
