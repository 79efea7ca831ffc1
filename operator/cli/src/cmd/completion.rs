//! `mainsheet completion SHELL`.

use std::io::Write;

use clap::{Args, CommandFactory, ValueEnum};

use crate::cli::{Cli, Exit};
use crate::error::Error;
use crate::printer::Printer;

/// Print a script that completes this command's arguments in a shell.
///
/// bash: source <(mainsheet completion bash); zsh: mainsheet completion zsh > a folder of fpath,
/// as _mainsheet; fish: mainsheet completion fish | source; powershell: mainsheet completion
/// powershell | Out-String | Invoke-Expression. As a plugin of kubectl: mainsheet completion kubectl
/// > a folder of PATH, as kubectl_complete-mainsheet, and make it executable.
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
    /// kubectl itself, in whatever shell
    Kubectl,
}

/// kubectl runs this with the words that were typed.
const OF_KUBECTL: &str = "#!/bin/sh\nexec mainsheet __complete \"$@\"\n";

impl Completion {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let shell = match self.shell {
            Shell::Bash => clap_complete::Shell::Bash,
            Shell::Zsh => clap_complete::Shell::Zsh,
            Shell::Fish => clap_complete::Shell::Fish,
            Shell::Powershell => clap_complete::Shell::PowerShell,
            Shell::Kubectl => {
                printer.data().write_all(OF_KUBECTL.as_bytes())?;
                return Ok(Exit::Success);
            }
        };
        // Written to memory first: the generator cannot say that a write failed.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "mainsheet", &mut script);
        printer.data().write_all(&script)?;
        Ok(Exit::Success)
    }
}
