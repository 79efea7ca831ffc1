//! What can be typed: the global flags and the verbs.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser};

use crate::cmd::Verb;
use crate::groups;

const PLUGIN: &str = "\
As a plugin of kubectl:
  ln -s \"$(command -v mainsheet)\" /usr/local/bin/kubectl-mainsheet; then: kubectl mainsheet";

const EXIT_CODES: &str = "\
Exit codes:
  0  done; `status`: ready; `diff`: no difference
  1  failed, refused by the cluster, or not ready in time; `diff`: there are differences
  2  wrong usage or bad input; `diff`: any error
 79  `analyze`: something was found";

/// Install, change and watch Istio meshes.
///
/// A MeshInstallation says which mesh is wanted; the Mainsheet operator makes it so. This command
/// renders the same objects offline, applies MeshInstallations and shows what becomes of them.
#[derive(Debug, Parser)]
#[command(name = "mainsheet", version, after_help = EXIT_CODES, after_long_help = format!("{EXIT_CODES}\n\n{PLUGIN}"), styles = STYLES)]
#[command(max_term_width = 100)]
pub(crate) struct Cli {
    /// When to use colour; NO_COLOR is honoured too
    #[arg(
        long,
        global = true,
        value_name = "auto|always|never",
        default_value = "auto",
        hide_possible_values = true,
        display_order = 900
    )]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Blue.on_default().bold())
    .usage(AnsiColor::Blue.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

/// How a command ends. The numbers are documented in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Success,
    /// Not done, not ready, or different.
    Failure,
    /// Typed wrongly, or given what cannot be used.
    Usage,
    /// Analysed, and something was found.
    Findings,
}

/// The arguments of this process. Ends the process when they are wrong or ask for help.
pub(crate) fn parse() -> Cli {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut command = command(arguments.first());
    let matches = command.get_matches_mut();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

/// The command under the name by which it was called: kubectl finds its plugins by their names.
fn command(called: Option<&OsString>) -> clap::Command {
    let name = called.and_then(|path| Path::new(path).file_stem());
    let command = Cli::command();
    let command = if name.is_some_and(|name| name == "kubectl-mainsheet") {
        command.bin_name("kubectl mainsheet")
    } else {
        command
    };
    groups::grouped(command)
}

// === impl Exit ===

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::Usage => Self::from(2),
            Exit::Findings => Self::from(79),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        command(None).debug_assert();
    }

    #[test]
    fn as_a_plugin_the_usage_says_kubectl() {
        let plugin = OsString::from("/usr/local/bin/kubectl-mainsheet");
        let usage = command(Some(&plugin)).render_usage().to_string();
        assert!(usage.contains("kubectl mainsheet"), "{usage}");
    }
}
