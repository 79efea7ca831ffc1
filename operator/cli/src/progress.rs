//! Live progress on stderr: on a terminal a block of lines that is drawn anew, elsewhere one line
//! for each change.

use std::collections::BTreeMap;

use crate::printer::{Printer, Tone};

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

/// More lines than this may not fit on a terminal, and then could not be drawn anew.
const MOST: usize = 20;

// The terminal cuts long lines, instead of wrapping them, while a block is drawn.
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";
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
            let text = block(&fit(lines), self.drawn, self.printer);
            self.drawn = lines.len().min(MOST);
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
fn block(lines: &[Line], drawn: usize, printer: &Printer) -> String {
    let width = lines
        .iter()
        .map(|line| line.name.chars().count())
        .max()
        .unwrap_or_default();
    let up = if drawn > 0 {
        format!("\x1b[{drawn}A")
    } else {
        String::new()
    };
    let drawing: String = lines
        .iter()
        .map(|line| {
            let (sign, tone) = line.mark.sign();
            let sign = printer.toned_aside(tone, sign);
            format!("{ERASE_LINE}{sign} {:width$}  {}\n", line.name, line.text)
        })
        .collect();
    format!("{WRAP_OFF}{up}{drawing}{ERASE_BELOW}{WRAP_ON}")
}

/// As many lines as surely fit, those that are done left out first.
fn fit(lines: &[Line]) -> Vec<Line> {
    let mut shown = lines.to_vec();
    if lines.len() > MOST {
        shown.sort_by_key(|line| line.mark);
        shown.truncate(MOST - 1);
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
        let first = block(&[line(Mark::Busy, "istiod")], 0, &printer);
        assert!(!first.contains("A\r"), "{first:?}");
        assert!(first.contains("… istiod  1/1 ready\n"));
        let next = block(
            &[line(Mark::Done, "istiod"), line(Mark::Done, "gate")],
            1,
            &printer,
        );
        assert!(next.starts_with("\x1b[?7l\x1b[1A"), "{next:?}");
        assert!(next.contains("✔ gate    1/1 ready\n"));
    }

    #[test]
    fn what_is_not_done_is_shown_before_what_is() {
        let mut lines: Vec<Line> = (0..40)
            .map(|at| line(Mark::Done, &format!("g{at}")))
            .collect();
        lines[30].mark = Mark::Busy;
        let shown = fit(&lines);
        assert_eq!((shown.len(), shown[0].name.as_str()), (MOST, "g30"));
        assert_eq!(shown[MOST - 1].name, "and 21 more");
    }
}
