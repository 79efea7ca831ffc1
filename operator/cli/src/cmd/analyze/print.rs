//! How messages are written: istioctl's forms, so that what reads those reads these.

use mainsheet_analysis::{ANALYZERS, Code, Level, Message};
use serde::Serialize;

use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::{Printer, Tone};
use crate::table::Table;

/// A message for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    code: &'static str,
    documentation_url: String,
    level: &'static str,
    message: String,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// A line each.
pub(super) fn lines(messages: &[&Message], printer: &mut Printer) -> Result<(), Error> {
    for message in messages {
        let level = message.level();
        let line = message.to_string();
        let head = format!("{} ", level.as_str());
        let rest = line.strip_prefix(&head).unwrap_or(&line);
        printer.entry(tone(level), (&head, head.len()), rest)?;
    }
    Ok(())
}

fn tone(level: Level) -> Tone {
    match level {
        Level::Error => Tone::Bad,
        Level::Warning => Tone::Busy,
        Level::Info => Tone::Faint,
    }
}

/// A list for programs.
pub(super) fn document(
    messages: &[&Message],
    form: Document,
    printer: &mut Printer,
) -> Result<(), Error> {
    let rows: Vec<Row> = messages
        .iter()
        .map(|message| Row {
            code: message.code.as_str(),
            documentation_url: message.code.documentation_url(),
            level: message.level().as_str(),
            message: message.text.clone(),
            origin: message.origin(),
            reference: message.reference(),
        })
        .collect();
    output::document(&rows, form, printer)
}

/// That all is well.
pub(super) fn nothing(of: &str, printer: &mut Printer) {
    let mark = printer.toned_aside(Tone::Good, "\u{2714}");
    printer.say(format_args!("{mark} nothing found in {of}"));
}

/// The analyzers and the codes that they give.
pub(super) fn analyzers(printer: &mut Printer) -> Result<(), Error> {
    let mut table = Table::new(["NAME", "LOOKS FOR", "CODES"]);
    for analyzer in ANALYZERS {
        let codes: Vec<&str> = analyzer.codes.iter().copied().map(Code::as_str).collect();
        table.row([
            analyzer.name.into(),
            analyzer.about.into(),
            codes.join(" ").into(),
        ]);
    }
    Ok(table.print(printer)?)
}
