//! The command line: what was typed, and which verb carries it out.

mod bench;
mod cluster;
mod demo;
mod fuzz;
mod generate;
mod test;

use std::io;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The commands of the workshop.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Bench(bench::Args),
    /// A Kubernetes cluster on this machine, with nodes that only say they run pods
    #[command(subcommand)]
    Cluster(cluster::Verb),
    Demo(demo::Args),
    Fuzz(fuzz::Args),
    Generate(generate::Args),
    Test(test::Args),
}

impl Args {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Bench(args) => args.run(),
            Verb::Cluster(verb) => verb.run(),
            Verb::Demo(args) => args.run(),
            Verb::Fuzz(args) => args.run(),
            Verb::Generate(generate::Args {}) => generate::Args::run(),
            Verb::Test(args) => args.run(),
        }
    }
}

/// Whether writing failed because the reader of standard output is gone, as after `| head -1`.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
