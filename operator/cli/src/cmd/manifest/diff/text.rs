//! Differences for people.

use std::io::{self, Write};

use serde_json::Value;

use super::fields::Field;
use super::objects::{Change, Difference, Objects};
use crate::printer::{Printer, Tone};

/// How much of a value is shown.
const SHOWN: usize = 80;

/// Writes the differences and their totals.
pub(super) fn print(
    differences: &[Difference],
    one: &Objects,
    other: &Objects,
    printer: &mut Printer,
) -> io::Result<()> {
    let (mut removed, mut added, mut changed) = (0, 0, 0);
    for Difference { id, change } in differences {
        match change {
            Change::Removed => {
                removed += 1;
                let line = printer.toned(Tone::Bad, format_args!("- {id}"));
                writeln!(printer.data(), "{line}")?;
            }
            Change::Added => {
                added += 1;
                let line = printer.toned(Tone::Good, format_args!("+ {id}"));
                writeln!(printer.data(), "{line}")?;
            }
            Change::Fields(fields) => {
                changed += 1;
                let line = printer.toned(Tone::Busy, format_args!("~ {id}"));
                writeln!(printer.data(), "{line}")?;
                for field in fields {
                    writeln!(printer.data(), "    {}", said(field))?;
                }
            }
        }
    }
    let same = one.len() - removed - changed;
    let (one, other) = (one.len(), other.len());
    printer.say(format_args!(
        "{one} objects and {other}: {removed} only in the one, {added} only in the other, {changed} differ, {same} are the same"
    ));
    Ok(())
}

fn said(field: &Field) -> String {
    let path = &field.path;
    match (&field.before, &field.after) {
        (Some(before), Some(after)) => match lines(before, after) {
            Some(lines) => format!("{path}: {lines}"),
            None => format!("{path}: {} -> {}", short(before), short(after)),
        },
        (Some(before), None) => format!("{path}: {} -> nothing", short(before)),
        (None, Some(after)) => format!("{path}: nothing -> {}", short(after)),
        (None, None) => path.clone(),
    }
}

/// Of long texts the first line that differs, and how many more there are.
fn lines(before: &Value, after: &Value) -> Option<String> {
    let (before, after) = (before.as_str()?, after.as_str()?);
    if !before.trim_end().contains('\n') && !after.trim_end().contains('\n') {
        return None;
    }
    let (mut one, mut other) = (before.lines(), after.lines());
    let mut at = 0;
    loop {
        at += 1;
        match (one.next(), other.next()) {
            (Some(one), Some(other)) if one == other => {}
            (None, None) => return Some("the end of the last line".to_owned()),
            (first, second) => {
                let show = |line: Option<&str>| {
                    line.map_or("nothing".to_owned(), |line| short(&line.trim().into()))
                };
                let (has, had) = (after.lines().count(), before.lines().count());
                return Some(format!(
                    "line {at}: {} -> {} ({had} lines -> {has})",
                    show(first),
                    show(second)
                ));
            }
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return text;
    }
    let kept: String = text.chars().take(SHOWN).collect();
    format!("{kept}…")
}
