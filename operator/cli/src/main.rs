//! The `mainsheet` command line: typed arguments, one file a verb under [`cmd`], and one
//! [`Printer`](printer::Printer) that alone writes to stdout and stderr.
//!
//! Verbs that need no cluster make no client and no runtime, so that they start at once.

mod cli;
mod cluster;
mod cmd;
mod envoy;
mod error;
mod groups;
mod input;
mod istiod;
mod mesh;
mod output;
mod printer;
mod progress;
mod prompt;
mod reach;
#[cfg(test)]
mod reference;
mod table;
mod wrap;

use std::process::ExitCode;

use printer::Printer;

fn main() -> ExitCode {
    let cli = cli::parse();
    let mut printer = Printer::new(cli.color);
    let ended = cli.verb.run(&mut printer);
    // What was written before an error is data, too.
    let flushed = printer.flush().map_err(error::Error::from);
    let ended = ended.and_then(|exit| flushed.map(|()| exit));
    match ended {
        Ok(exit) => exit.into(),
        // The reader has seen enough, as `head` does.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            cli.verb.exit_of(&error).into()
        }
    }
}
