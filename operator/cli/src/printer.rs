//! The only writer to stdout and stderr: data goes to stdout, everything said about it to stderr.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use terminal_size::{Height, Width, terminal_size_of};

use crate::error::Error;
use crate::wrap;

/// Owns stdout and stderr.
#[derive(Debug)]
pub(crate) struct Printer {
    out: BufWriter<Stdout>,
    err: Stderr,
    colored_out: bool,
    colored_err: bool,
    /// Of those that are a terminal.
    columns_out: Option<usize>,
    columns_err: Option<usize>,
}

/// What a piece of text says, apart from its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// As it should be.
    Good,
    /// Not yet, or to be looked at.
    Busy,
    /// Wrong.
    Bad,
    /// Of lesser weight.
    Faint,
    /// A heading.
    Strong,
}

// === impl Printer ===

impl Printer {
    /// A printer that uses colour as wanted.
    pub(crate) fn new(color: ColorChoice) -> Self {
        match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            colored_out: AutoStream::choice(&out) != anstream::ColorChoice::Never,
            colored_err: AutoStream::choice(&err) != anstream::ColorChoice::Never,
            columns_out: terminal_size_of(&out).map(|(Width(columns), _)| columns.into()),
            columns_err: terminal_size_of(&err).map(|(Width(columns), _)| columns.into()),
            out: BufWriter::with_capacity(64 * 1024, out),
            err,
        }
    }

    /// Where data goes.
    pub(crate) fn data(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Writes an entry of a list to stdout: a word in its tone, padded to a width, and a text. On a
    /// terminal what does not fit in a row goes on below the text; elsewhere it is one line.
    pub(crate) fn entry(
        &mut self,
        tone: Tone,
        (word, width): (&str, usize),
        text: &str,
    ) -> io::Result<()> {
        let word = self.toned(tone, format_args!("{word:<width$}"));
        match self.columns_out {
            Some(columns) => writeln!(self.out, "{word}{}", wrap::below(text, width, columns)),
            None => writeln!(self.out, "{word}{text}"),
        }
    }

    /// Writes a line to stdout; on a terminal it is broken between words.
    pub(crate) fn fact(&mut self, line: impl Display) -> io::Result<()> {
        let line = wrap::line(&line.to_string(), self.columns_out);
        writeln!(self.out, "{line}")
    }

    /// Whether what is said is read by a person.
    pub(crate) fn is_watched(&self) -> bool {
        self.err.is_terminal()
    }

    /// How many columns and rows the terminal of stderr has.
    pub(crate) fn window(&self) -> (usize, usize) {
        match terminal_size_of(&self.err) {
            Some((Width(columns), Height(rows))) => (columns.into(), rows.into()),
            None => (80, 24),
        }
    }

    /// How many columns stdout has, where it is a terminal.
    pub(crate) fn columns(&self) -> Option<usize> {
        self.columns_out
    }

    /// Text for stdout in its tone.
    pub(crate) fn toned(&self, tone: Tone, text: impl Display) -> String {
        tone.paint(self.colored_out, text)
    }

    /// Text for stderr in its tone.
    pub(crate) fn toned_aside(&self, tone: Tone, text: impl Display) -> String {
        tone.paint(self.colored_err, text)
    }

    /// Says a line on stderr; on a terminal it is broken between words. One that cannot be said is
    /// lost: there is nowhere else to say it.
    pub(crate) fn say(&mut self, line: impl Display) {
        let line = wrap::line(&line.to_string(), self.columns_err);
        self.draw(&format!("{line}\n"));
    }

    /// Writes to stderr as it is: a drawing, or a question. What has gone to stdout before is seen
    /// before, a plan before the question about it.
    pub(crate) fn draw(&mut self, text: &str) {
        // What cannot be written now is tried again, and said, at the end.
        let _ = self.out.flush();
        let _ = self.err.write_all(text.as_bytes());
        let _ = self.err.flush();
    }

    /// Says that something is not as it should be, though the command goes on.
    pub(crate) fn warn(&mut self, text: impl Display) {
        self.labelled(Tone::Busy, "warning: ", &text.to_string());
    }

    /// Says what ended the command.
    pub(crate) fn error(&mut self, error: &Error) {
        for line in error.lines() {
            self.labelled(Tone::Bad, "error: ", &line);
        }
    }

    fn labelled(&mut self, tone: Tone, label: &str, text: &str) {
        let text = match self.columns_err {
            Some(columns) => wrap::below(text, label.len(), columns),
            None => text.to_owned(),
        };
        let label = self.toned_aside(tone, label);
        self.draw(&format!("{label}{text}\n"));
    }

    /// Hands over what was buffered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

// === impl Tone ===

impl Tone {
    fn paint(self, colored: bool, text: impl Display) -> String {
        let style = match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Busy => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        };
        if colored {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}
