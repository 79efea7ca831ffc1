//! `cargo xtask`: the commands of the workshop, one file a verb. See `cargo xtask --help`.

mod cmd;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cmd::Args::parse().run() {
        Ok(code) => code,
        // Whoever reads the output has heard enough; that is not a failure.
        Err(error) if error.downcast_ref().is_some_and(cmd::is_closed) => ExitCode::SUCCESS,
        Err(error) => {
            hack::progress::say(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
