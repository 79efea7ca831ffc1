//! Live progress on stderr: on a terminal a block of lines that is drawn anew, elsewhere one line
//! for each change.

use std::collections::BTreeMap;

use crate::printer::{Printer, Tone};
use crate::wrap;

/// The state of one thing that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Whether it is done.
    pub(crate) mark: Mark,
    /// What it is.
    pub(crate) name: String,
    /// How far it is.
    pub(crate) text: String,
}

/// Whether a thing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// It cannot go on.
    Bad,
    /// Not yet.
    Busy,
    /// Done.
    Done,
}

/// Shows lines as they change.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    printer: &'a mut Printer,
    live: bool,
    drawn: usize,
    said: BTreeMap<String, String>,
}

/// What becomes of a text that does not fit in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Long {
    /// It goes on in the next, unless all is well with what it is about.
    Wrapped,
    /// It ends there.
    Cut,
}

const ERASE_LINE: &str = "\r\x1b[2K";
const ERASE_BELOW: &str = "\x1b[J";

// === impl Progress ===

impl<'a> Progress<'a> {
    /// Nothing is shown yet.
    pub(crate) fn new(printer: &'a mut Printer) -> Self {
        Self {
            live: printer.is_watched(),
            printer,
            drawn: 0,
            said: BTreeMap::new(),
        }
    }

    /// Shows how things are now.
    pub(crate) fn show(&mut self, lines: &[Line]) {
        if self.live {
            let (columns, rows) = self.printer.window();
            // A line too many could not be drawn anew, for the terminal would have scrolled.
            let most = rows.saturating_sub(2).max(2);
            let lines = fit(lines, most);
            let mut drawing = drawing(&lines, columns, Long::Wrapped, self.printer);
            if drawing.len() > most {
                drawing = self::drawing(&lines, columns, Long::Cut, self.printer);
            }
            let text = block(&drawing, self.drawn);
            self.drawn = drawing.len();
            self.printer.draw(&text);
        } else {
            for line in lines {
                let text = format!("{}: {}", line.name, line.text);
                if self.said.get(&line.name) != Some(&text) {
                    self.printer.say(&text);
                    self.said.insert(line.name.clone(), text);
                }
            }
        }
    }

    /// Says something that stays, below what has been shown.
    pub(crate) fn note(&mut self, text: &str) {
        self.drawn = 0;
        self.printer.warn(text);
    }
}

/// The block, drawn over the one before it.
fn block(rows: &[String], drawn: usize) -> String {
    let up = if drawn > 0 {
        format!("\x1b[{drawn}A")
    } else {
        String::new()
    };
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("{ERASE_LINE}{row}\n"))
        .collect();
    format!("{up}{}{ERASE_BELOW}", rows.concat())
}

/// The lines as rows of a terminal.
fn drawing(lines: &[Line], columns: usize, long: Long, printer: &Printer) -> Vec<String> {
    let longest = lines.iter().map(|line| line.name.chars().count()).max();
    let width = longest.unwrap_or_default();
    let taken = width + 4;
    let rows = |line: &Line| -> Vec<String> {
        let (sign, tone) = line.mark.sign();
        let sign = printer.toned_aside(tone, sign);
        let name = format!("{sign} {:width$}  ", line.name);
        let wraps =
            long == Long::Wrapped && line.mark != Mark::Done && columns >= taken + wrap::NARROW;
        if wraps {
            let text = name + &wrap::below(&line.text, taken, columns);
            return text.split('\n').map(str::to_owned).collect();
        }
        let text = format!("{:width$}  {}", line.name, line.text);
        vec![format!("{sign} {}", cut(&text, columns.saturating_sub(2)))]
    };
    lines.iter().flat_map(rows).collect()
}

/// The text in one row of so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// So many lines at most, those that are done left out first.
fn fit(lines: &[Line], most: usize) -> Vec<Line> {
    let mut shown = lines.to_vec();
    if lines.len() > most {
        shown.sort_by_key(|line| line.mark);
        shown.truncate(most - 1);
        shown.push(Line {
            mark: Mark::Done,
            name: format!("and {} more", lines.len() - shown.len()),
            text: String::new(),
        });
    }
    shown
}

// === impl Mark ===

impl Mark {
    fn sign(self) -> (&'static str, Tone) {
        match self {
            Self::Bad => ("✘", Tone::Bad),
            Self::Busy => ("…", Tone::Busy),
            Self::Done => ("✔", Tone::Good),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ColorChoice;

    use super::*;

    fn line(mark: Mark, name: &str) -> Line {
        Line {
            mark,
            name: name.to_owned(),
            text: "1/1 ready".to_owned(),
        }
    }

    #[test]
    fn a_block_is_drawn_over_the_one_before_it() {
        let printer = Printer::new(ColorChoice::Never);
        let draw = |lines: &[Line], drawn| block(&drawing(lines, 80, Long::Cut, &printer), drawn);
        let first = draw(&[line(Mark::Busy, "istiod")], 0);
        assert_eq!(first, "\r\x1b[2K… istiod  1/1 ready\n\x1b[J");
        let next = draw(&[line(Mark::Done, "istiod"), line(Mark::Done, "gate")], 1);
        assert!(next.starts_with("\x1b[1A"), "{next:?}");
        assert!(next.contains("✔ gate    1/1 ready\n"));
    }

    #[test]
    fn a_long_line_is_cut_or_goes_on_in_the_next_row() {
        let printer = Printer::new(ColorChoice::Never);
        let narrow = drawing(&[line(Mark::Busy, "istiod")], 12, Long::Wrapped, &printer);
        assert_eq!(narrow, ["… istiod  1…"]);
        let mut busy = line(Mark::Busy, "istiod");
        busy.text = "0/1 ready: pods are starting".to_owned();
        let wrapped = drawing(&[busy.clone()], 30, Long::Wrapped, &printer);
        assert_eq!(
            wrapped,
            ["… istiod  0/1 ready: pods are", "          starting"]
        );
        let cut = drawing(&[busy], 30, Long::Cut, &printer);
        assert_eq!(cut, ["… istiod  0/1 ready: pods are…"]);
    }

    #[test]
    fn what_is_not_done_is_shown_before_what_is() {
        let mut lines: Vec<Line> = (0..40)
            .map(|at| line(Mark::Done, &format!("g{at}")))
            .collect();
        lines[30].mark = Mark::Busy;
        let shown = fit(&lines, 20);
        assert_eq!((shown.len(), shown[0].name.as_str()), (20, "g30"));
        assert_eq!(shown[19].name, "and 21 more");
    }
}
