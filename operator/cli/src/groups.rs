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
        ],
    ),
    ("Look into it", &[]),
    ("This command", &["version", "completion"]),
];

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
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{verb:width$}{literal:#}  {about}");
        }
        text.push('\n');
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{text}{style}Options:{style:#}\n{{options}}{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_verb_is_in_one_group() {
        let command = Cli::command();
        let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
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
