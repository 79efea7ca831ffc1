//! `cargo xtask bench`: builds for release and measures.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use hack::progress;

/// Measure the command line and the operator, built for release, on a local cluster
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One more crowd of so many injected pods, beside the usual ones
    #[arg(long, value_name = "COUNT")]
    pods: Option<u32>,
}

impl Args {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let pods = self.pods.map(|pods| pods.to_string());
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
                "mainsheet-manifests",
                "--example",
                "cost",
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
                .args(pods.iter().filter(|_| words[0] == "run"))
                .status()
                .context("cannot run cargo")?;
            ensure!(status.success(), "cargo {} failed", words.join(" "));
        }
        Ok(ExitCode::SUCCESS)
    }
}
