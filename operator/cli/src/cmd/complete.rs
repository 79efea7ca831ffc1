//! `mainsheet __complete`: what kubectl asks a plugin for, by way of `kubectl_complete-mainsheet`.

use clap::{Arg, Args, Command, CommandFactory};

use crate::cli::{Cli, Exit};
use crate::error::Error;
use crate::output;
use crate::printer::Printer;

/// What may come next.
#[derive(Debug, Args)]
pub(crate) struct Complete {
    /// The words so far; the last one is begun
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// What kubectl is to do beside offering the candidates, by cobra's numbers: offer no files, or
/// offer them too.
const NO_FILES: &str = ":4";
const FILES: &str = ":0";

impl Complete {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let (candidates, directive) = candidates(&Cli::command(), &self.words);
        for candidate in candidates {
            output::line(&candidate, printer)?;
        }
        output::line(directive, printer)?;
        Ok(Exit::Success)
    }
}

fn candidates(root: &Command, words: &[String]) -> (Vec<String>, &'static str) {
    let (begun, before) = match words.split_last() {
        Some((last, before)) => (last.as_str(), before),
        None => ("", words),
    };
    let mut command = root;
    for word in before {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let flag = before.last().and_then(|word| flag(command, word));
    if let Some(flag) = flag.filter(|flag| flag.get_action().takes_values()) {
        let values = flag.get_possible_values();
        let found = values
            .iter()
            .filter(|value| value.get_name().starts_with(begun));
        let directive = if values.is_empty() { FILES } else { NO_FILES };
        return (
            found.map(|value| value.get_name().to_owned()).collect(),
            directive,
        );
    }
    let described = |name: String, about: Option<String>| match about {
        Some(about) => format!("{name}\t{about}"),
        None => name,
    };
    if begun.starts_with('-') {
        let flags = command
            .get_arguments()
            .chain(root.get_arguments().filter(|arg| arg.is_global_set()));
        let named =
            flags.filter_map(|arg| Some((format!("--{}", arg.get_long()?), arg.get_help())));
        let found = named.filter(|(name, _)| name.starts_with(begun));
        return (
            found
                .map(|(name, help)| described(name, help.map(ToString::to_string)))
                .collect(),
            NO_FILES,
        );
    }
    let verbs = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set() && verb.get_name().starts_with(begun));
    let verbs = verbs.map(|verb| {
        described(
            verb.get_name().to_owned(),
            verb.get_about().map(ToString::to_string),
        )
    });
    (verbs.collect(), NO_FILES)
}

/// The flag of a command that a word names.
fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| {
        let long = arg
            .get_long()
            .is_some_and(|long| word.strip_prefix("--") == Some(long));
        let short = arg
            .get_short()
            .is_some_and(|short| word == format!("-{short}"));
        long || short
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(words: &[&str]) -> (Vec<String>, &'static str) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let (found, directive) = candidates(&Cli::command(), &words);
        let names = found
            .iter()
            .map(|line| line.split('\t').next().unwrap_or_default().to_owned());
        (names.collect(), directive)
    }

    #[test]
    fn verbs_flags_and_values_are_offered() {
        assert_eq!(offered(&["prof"]), (vec!["profile".to_owned()], NO_FILES));
        assert_eq!(offered(&["profile", "d"]).0, ["dump", "diff"]);
        assert_eq!(offered(&["install", "--force"]).0, ["--force-conflicts"]);
        assert_eq!(offered(&["status", "-o", "j"]).0, ["json"]);
        assert_eq!(offered(&["install", "-f", ""]), (vec![], FILES));
        assert!(!offered(&[""]).0.contains(&"__complete".to_owned()));
    }
}
