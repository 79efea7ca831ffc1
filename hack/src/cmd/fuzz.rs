//! `cargo xtask fuzz`: makes new specs from the corpus for some minutes. The fuzzer is a test of
//! `mainsheet-manifests`, so that every `cargo test` replays the corpus with the same claims.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use hack::progress;

/// Look for specs that break the renderer, and keep those that do something new
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long to look
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Where chance starts; the same seed on the same corpus makes the same specs
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Args {
    pub(crate) fn run(self) -> Result<ExitCode> {
        progress::say(format_args!(
            "fuzzing for {} minutes, seed {}",
            self.minutes, self.seed
        ));
        let status = Command::new("cargo")
            .args(["test", "--quiet", "--package", "mainsheet-manifests"])
            .args(["--test", "fuzz", "--", "--ignored", "--nocapture"])
            .env("MAINSHEET_FUZZ_MINUTES", self.minutes.to_string())
            .env("MAINSHEET_FUZZ_SEED", self.seed.to_string())
            .status();
        ensure!(
            status.context("cannot run cargo")?.success(),
            "a claim is broken; the specs that broke it are in manifests/tests/fuzz/corpus"
        );
        Ok(ExitCode::SUCCESS)
    }
}
