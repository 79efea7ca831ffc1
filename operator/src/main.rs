//! The `mainsheet-operator` binary.

use std::process::ExitCode;

use clap::Parser;
use mainsheet_operator::args::Args;
use mainsheet_operator::{run, telemetry};

fn main() -> ExitCode {
    let args = Args::parse();
    telemetry::start(args.log_level, args.log_format);
    // One thread is plenty for a few hundred objects, and half the memory of a pool.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %mainsheet_operator::describe(&error), "cannot go on");
            ExitCode::FAILURE
        }
    }
}
