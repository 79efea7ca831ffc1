//! `mainsheet tag`: names that stand for a revision, as namespaces and pods carry them.

mod change;
mod made;
mod rows;
mod state;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::output::{self, Document, Format};
use crate::printer::Printer;
use crate::prompt::{confirm, rehearsed};
use crate::table::Table;
use change::Change;
use rows::Row;
use state::State;

/// The verbs of `tag`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List tags and revisions, and the namespaces that name them
    #[command(visible_alias = "show")]
    List(List),
    /// Point a tag at a revision
    Set(Set),
    /// Remove a tag
    #[command(visible_alias = "delete")]
    Remove(Remove),
    /// Print the objects of a tag, for a mesh without an operator
    Generate(Generate),
}

/// List tags and revisions, and the namespaces that name them.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// How the list is written
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Point a tag at a revision.
///
/// Where a MeshInstallation holds the revision, its spec.tags is changed and the operator does the
/// rest; elsewhere a webhook and a Service are written, as istioctl does.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The tag
    tag: String,
    /// Istio revision that it is to stand for, `default` for the un-revisioned one
    #[arg(long, value_name = "REVISION")]
    revision: String,
    /// Move a tag that is there, and take a name that a revision has
    #[arg(long)]
    overwrite: bool,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Print the objects that would be touched, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Remove a tag. Namespaces that name it get no sidecars any more.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The tag
    tag: String,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    /// Print the objects that would be touched, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Print the objects of a tag, as `tag set` would write them where there is no operator.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The tag
    tag: String,
    /// Istio revision that it is to stand for, `default` for the un-revisioned one
    #[arg(long, value_name = "REVISION")]
    revision: String,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::List(verb) => verb.run(printer),
            Self::Set(verb) => verb.run(printer),
            Self::Remove(verb) => verb.run(printer),
            Self::Generate(verb) => verb.run(printer),
        }
    }
}

impl List {
    fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let state = block_on(async {
            let cluster = self.cluster.connect().await?;
            Ok(State::gather(&cluster).await?)
        })?;
        let rows = rows::rows(&state);
        match self.output {
            Format::Table | Format::Wide => table(&rows).print(printer)?,
            Format::Json => output::document(&rows, Document::Json, printer)?,
            Format::Yaml => output::document(&rows, Document::Yaml, printer)?,
            Format::Name => {
                for tag in rows.iter().filter_map(|row| row.tag.as_ref()) {
                    output::line(tag, printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

impl Set {
    fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let state = State::gather(&cluster).await?;
            let (tag, revision) = (&self.tag, &self.revision);
            state.check(tag, revision, self.overwrite)?;
            let change = change::to_set(&state, tag, revision, self.overwrite)?;
            if self.dry_run {
                return rehearse(&change, printer);
            }
            let from = state.revision_of(tag).filter(|from| *from != revision);
            if let Some(from) = from {
                let used = listed(&state.namespaces_of(tag));
                printer.say(format_args!(
                    "tag {tag} moves from revision {from} to {revision}; namespaces: {used}"
                ));
                printer.say("pods there keep their sidecars until they are restarted");
                confirm("Go ahead?", self.yes, printer)?;
            }
            change.carry_out(&cluster).await?;
            printer.say(format_args!("tag {tag} stands for revision {revision}"));
            Ok(Exit::Success)
        })
    }
}

impl Remove {
    fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let state = State::gather(&cluster).await?;
            let tag = &self.tag;
            if state.revision_of(tag).is_none() {
                let known = listed(&state.tags());
                return Err(Error::Usage(format!(
                    "there is no tag {tag:?}; there are: {known}"
                )));
            }
            let change = change::to_remove(&state, tag, &cluster).await?;
            if self.dry_run {
                return rehearse(&change, printer);
            }
            let used = state.namespaces_of(tag);
            if !used.is_empty() {
                printer.warn(format_args!(
                    "namespaces name it still, and new pods in them get no sidecar: {}",
                    used.join(", ")
                ));
                confirm("Remove it?", self.yes, printer)?;
            }
            change.carry_out(&cluster).await?;
            printer.say(format_args!("tag {tag} is removed"));
            Ok(Exit::Success)
        })
    }
}

impl Generate {
    fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let objects = block_on(async {
            let cluster = self.cluster.connect().await?;
            let state = State::gather(&cluster).await?;
            made::objects(&self.tag, state.canonical(&self.revision)?)
        })?;
        for (_, object) in &objects {
            printer.data().write_all(b"---\n")?;
            output::document(object, Document::Yaml, printer)?;
        }
        Ok(Exit::Success)
    }
}

fn rehearse(change: &Change<'_>, printer: &mut Printer) -> Result<Exit, Error> {
    for line in change.lines() {
        output::line(&line, printer)?;
    }
    rehearsed(printer);
    Ok(Exit::Success)
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(["TAG", "REVISION", "NAMESPACES"]);
    for row in rows {
        table.row([
            row.tag.as_deref().unwrap_or("-").into(),
            row.revision.as_str().into(),
            row.namespaces.join(",").into(),
        ]);
    }
    table
}
