//! `mainsheet completion SHELL`.

use std::io::Write;

use clap::{Args, CommandFactory, ValueEnum};

use crate::cli::{Cli, Exit};
use crate::error::Error;
use crate::printer::Printer;

/// Print a script that completes this command's arguments in a shell.
///
/// bash: source <(mainsheet completion bash); zsh: mainsheet completion zsh > a folder of fpath,
/// as _mainsheet; fish: mainsheet completion fish | source.
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

/// The shells that are known.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Completion {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let shell = match self.shell {
            Shell::Bash => clap_complete::Shell::Bash,
            Shell::Zsh => clap_complete::Shell::Zsh,
            Shell::Fish => clap_complete::Shell::Fish,
            Shell::Powershell => clap_complete::Shell::PowerShell,
        };
        // Written to memory first: the generator cannot say that a write failed.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "mainsheet", &mut script);
        printer.data().write_all(&script)?;
        Ok(Exit::Success)
    }
}
