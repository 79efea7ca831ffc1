//! `docs/cli.md` ends in the help of every verb. This test holds it to that, and writes it anew
//! with `UPDATE_REFERENCE=1 cargo test -p mainsheet reference`.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
const MARK: &str = "<!-- From here on this is what `--help` says; a test holds it to that. -->\n";

fn reference(command: &mut Command, path: &str, page: &mut Vec<String>) {
    let help = command.clone().term_width(100).render_long_help();
    let help: Vec<String> = help
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    page.push(format!(
        "### {path}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    ));
    let verbs: Vec<&mut Command> = command.get_subcommands_mut().collect();
    for verb in verbs
        .into_iter()
        .filter(|verb| !verb.is_hide_set() && verb.get_name() != "help")
    {
        let path = format!("{path} {}", verb.get_name());
        reference(verb, &path, page);
    }
}

#[test]
fn the_reference_is_what_help_says() {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut sections = Vec::new();
    for verb in command
        .get_subcommands_mut()
        .filter(|verb| !verb.is_hide_set())
    {
        let path = format!("mainsheet {}", verb.get_name());
        reference(verb, &path, &mut sections);
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (head, committed) = page.split_once(MARK).expect("docs/cli.md has its mark");
    let wanted = format!("\n{}", sections.join("\n"));
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(PAGE, format!("{head}{MARK}{wanted}")).unwrap();
        return;
    }
    assert!(
        committed == wanted,
        "docs/cli.md is not what --help says: UPDATE_REFERENCE=1 cargo test -p mainsheet reference"
    );
}
