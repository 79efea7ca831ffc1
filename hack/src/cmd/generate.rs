//! `cargo xtask generate`: writes every committed file that comes from code. The tests that guard
//! them against drift are the ones that write them.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use hack::progress;

/// What writes or guards a generated file, in the order in which one builds on the other.
const STEPS: [&[&str]; 5] = [
    &[
        "run",
        "--quiet",
        "--package",
        "mainsheet-crds",
        "--example",
        "istio_crds",
        "--",
        "crds/generated/istio",
    ],
    &[
        "test",
        "--quiet",
        "--package",
        "mainsheet-crds",
        "--test",
        "generated",
    ],
    &[
        "test",
        "--quiet",
        "--package",
        "mainsheet-profiles",
        "--test",
        "generated",
    ],
    &[
        "test",
        "--quiet",
        "--package",
        "mainsheet-manifests",
        "--lib",
        "--test",
        "dashboards",
        "committed",
    ],
    &[
        "test",
        "--quiet",
        "--package",
        "mainsheet-operator",
        "--test",
        "generated",
    ],
];

/// Write the committed files that come from code
#[derive(clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run() -> Result<ExitCode> {
        for words in STEPS {
            progress::say(format_args!("cargo {}", words.join(" ")));
            let status = Command::new("cargo")
                .args(words)
                .env("MAINSHEET_GENERATE", "1")
                .status();
            ensure!(
                status.context("cannot run cargo")?.success(),
                "cargo {} failed",
                words.join(" ")
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
