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

/// How many objects a plan concerns, as one line.
pub(crate) fn totals(plan: &Plan) -> String {
    Totals::of(plan).to_string()
}

fn line(
    printer: &mut Printer,
    tone: Tone,
    verb: &str,
    id: &impl std::fmt::Display,
    why: &str,
) -> io::Result<()> {
    let colon = if why.is_empty() { "" } else { ": " };
    printer.entry(tone, (verb, 8), &format!("{id}{colon}{why}"))
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
        Reason::Missing | Reason::Unwanted | Reason::UpToDate | Reason::Foreign | Reason::Newer => {
            String::new()
        }
        Reason::Changed if fields.is_empty() => Reason::Changed.to_string(),
        Reason::Changed => fields,
        Reason::Drifted | Reason::Contested | Reason::Adopted => {
            format!("{fields} ({})", step.reason)
        }
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

#[cfg(test)]
mod tests {
    use mainsheet_core::plan::Blocked;
    use mainsheet_manifests::{Kind, ObjectId, Wave};

    use super::*;

    fn step(action: Action, reason: Reason, fields: &[&str]) -> Step {
        Step {
            id: ObjectId::new(Kind::Service, Some("harbour"), "istiod"),
            component: "pilot".to_owned(),
            wave: Wave::ControlPlane,
            action,
            reason,
            fields: fields.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn fields_and_reasons_are_said_where_the_verb_does_not_say_it_all() {
        let said = |action, reason, fields: &[&str]| why(&step(action, reason, fields));
        assert_eq!(said(Action::Create, Reason::Missing, &[]), "");
        assert_eq!(said(Action::Prune, Reason::Unwanted, &[]), "");
        assert_eq!(
            said(Action::Patch, Reason::Changed, &["spec.a", "spec.b"]),
            "spec.a, spec.b"
        );
        assert_eq!(
            said(Action::Patch, Reason::Changed, &[]),
            "what is wanted has changed"
        );
        assert_eq!(
            said(Action::Patch, Reason::Drifted, &["spec.a"]),
            "spec.a (was changed by another writer)"
        );
    }

    #[test]
    fn totals_count_every_object_once_and_reports_leave_out_what_is_kept() {
        let plan = Plan {
            steps: vec![
                step(Action::Create, Reason::Missing, &[]),
                step(Action::Patch, Reason::Changed, &["spec.a"]),
                step(Action::Keep, Reason::UpToDate, &[]),
                step(Action::Keep, Reason::Foreign, &[]),
            ],
            prunes: vec![step(Action::Prune, Reason::Unwanted, &[])],
            blocked: vec![Blocked {
                id: ObjectId::new(Kind::Namespace, None, "harbour"),
                holder: "lake".to_owned(),
            }],
        };
        assert_eq!(
            Totals::of(&plan).to_string(),
            "1 to create, 1 to change, 1 to delete, 1 blocked, 2 as wanted"
        );
        let report = serde_json::to_value(Report::of(&plan)).unwrap();
        assert_eq!(report["steps"].as_array().unwrap().len(), 2);
        assert_eq!(report["totals"]["keep"], 2);
    }
}
