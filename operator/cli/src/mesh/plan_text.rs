//! A plan for people: a line for each object that is touched, and totals.

use std::io::{self, Write};

use mainsheet_core::plan::{Action, Plan, Reason, Step};
use serde::Serialize;

use crate::printer::{Printer, Tone};

/// How many objects a plan concerns, by what becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    create: usize,
    change: usize,
    delete: usize,
    blocked: usize,
    keep: usize,
}

/// A plan for programs: without the objects that nothing happens to.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    totals: Totals,
    #[serde(flatten)]
    plan: Plan,
}

/// Writes a plan to stdout.
pub(crate) fn print(plan: &Plan, printer: &mut Printer) -> io::Result<()> {
    for step in plan.writes().chain(&plan.prunes) {
        let (verb, tone) = verb(step.action);
        line(printer, tone, verb, &step.id, &why(step))?;
    }
    for blocked in &plan.blocked {
        let why = format!("belongs to MeshInstallation {}", blocked.holder);
        line(printer, Tone::Bad, "blocked", &blocked.id, &why)?;
    }
    writeln!(printer.data(), "{}", Totals::of(plan))
}

fn line(
    printer: &mut Printer,
    tone: Tone,
    verb: &str,
    id: &impl std::fmt::Display,
    why: &str,
) -> io::Result<()> {
    let verb = printer.toned(tone, format_args!("{verb:<8}"));
    let colon = if why.is_empty() { "" } else { ": " };
    writeln!(printer.data(), "{verb}{id}{colon}{why}")
}

fn verb(action: Action) -> (&'static str, Tone) {
    match action {
        Action::Create => ("create", Tone::Good),
        Action::Patch => ("change", Tone::Busy),
        Action::Keep => ("keep", Tone::Faint),
        Action::Prune => ("delete", Tone::Bad),
    }
}

/// Which fields, and why, where the verb alone does not say it.
fn why(step: &Step) -> String {
    let fields = step.fields.join(", ");
    match step.reason {
        Reason::Missing | Reason::Unwanted | Reason::UpToDate | Reason::Foreign => String::new(),
        Reason::Changed if fields.is_empty() => Reason::Changed.to_string(),
        Reason::Changed => fields,
        Reason::Drifted => format!("{fields} ({})", Reason::Drifted),
    }
}

// === impl Totals ===

impl Totals {
    fn of(plan: &Plan) -> Self {
        Self {
            create: plan.count(Action::Create),
            change: plan.count(Action::Patch),
            delete: plan.count(Action::Prune),
            blocked: plan.blocked.len(),
            keep: plan.count(Action::Keep),
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            create,
            change,
            delete,
            blocked,
            keep,
        } = self;
        write!(
            f,
            "{create} to create, {change} to change, {delete} to delete, {blocked} blocked, {keep} as wanted"
        )
    }
}

// === impl Report ===

impl Report {
    /// A plan for programs.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self {
            totals: Totals::of(plan),
            plan: Plan {
                steps: plan.writes().cloned().collect(),
                prunes: plan.prunes.clone(),
                blocked: plan.blocked.clone(),
            },
        }
    }
}
