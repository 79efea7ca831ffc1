//! `mainsheet --help`: the verbs in groups, by what one wants to do.

use std::fmt::Write;

use clap::Command;

/// Heading and verbs of a group.
type Group = (&'static str, &'static [&'static str]);

const GROUPS: [Group; 5] = [
    (
        "Plan a mesh, without a cluster",
        &["profile", "manifest", "convert"],
    ),
    (
        "Install and remove",
        &["precheck", "diff", "install", "uninstall", "operator"],
    ),
    (
        "Look after a mesh",
        &[
            "status",
            "verify-install",
            "history",
            "upgrade",
            "approve",
            "rollback",
            "retry",
            "pause",
            "resume",
            "tag",
        ],
    ),
    (
        "Look into it",
        &[
            "analyze",
            "kube-inject",
            "proxy-status",
            "proxy-config",
            "dashboard",
            "bug-report",
        ],
    ),
    ("This command", &["version", "completion", "man", "help"]),
];

/// What `help` does: clap adds that verb last of all.
const HELP: &str = "Print this, or the help of a verb";

/// The command with its verbs in groups.
pub(crate) fn grouped(command: Command) -> Command {
    let style = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let width = GROUPS
        .iter()
        .flat_map(|(_, verbs)| *verbs)
        .map(|verb| verb.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for (heading, verbs) in GROUPS.iter().filter(|(_, verbs)| !verbs.is_empty()) {
        let _ = writeln!(text, "{style}{heading}:{style:#}");
        for verb in *verbs {
            let about = command.find_subcommand(verb).and_then(Command::get_about);
            let about = about.map_or_else(|| HELP.to_owned(), ToString::to_string);
            let about = wrapped(&about, width + 4);
            let _ = writeln!(text, "  {literal}{verb:width$}{literal:#}  {about}");
        }
        text.push('\n');
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{text}{style}Options:{style:#}\n{{options}}{{after-help}}"
    ))
}

/// A text in lines that end within a narrow terminal, all but the first with an indent.
fn wrapped(text: &str, indent: usize) -> String {
    const COLUMNS: usize = 80;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && indent + line + 1 + word.chars().count() > COLUMNS {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn no_line_is_longer_than_a_narrow_terminal() {
        let text = wrapped(&"word ".repeat(40), 18);
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with(&" ".repeat(18)))
        );
    }

    #[test]
    fn every_verb_is_in_one_group() {
        let command = Cli::command();
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let known: Vec<&str> = verbs.map(Command::get_name).chain(["help"]).collect();
        let grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, verbs)| *verbs)
            .copied()
            .collect();
        let set = |names: &[&str]| {
            names
                .iter()
                .map(ToString::to_string)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(set(&known), set(&grouped));
        assert_eq!(known.len(), grouped.len());
    }
}
