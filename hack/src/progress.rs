//! Words for the person who waits. They go to standard error, so that standard output stays for
//! results.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Between two lines about the same step where there is no terminal to rewrite a line on.
const QUIET: Duration = Duration::from_mins(1);

/// Says one line.
pub fn say(line: impl Display) {
    // Nobody is helped when a closed standard error ends the work that was to be reported on.
    let _ = writeln!(stderr(), "{line}");
}

/// One long step: its name, and the seconds it takes while they pass.
pub struct Step {
    what: String,
    started: Instant,
    said: Instant,
    terminal: bool,
}

impl Step {
    /// Says what begins now.
    pub fn begin(what: impl Into<String>) -> Self {
        let now = Instant::now();
        let step = Self {
            what: what.into(),
            started: now,
            said: now,
            terminal: stderr().is_terminal(),
        };
        if step.terminal {
            step.rewrite();
        } else {
            say(format_args!("{} ...", step.what));
        }
        step
    }

    /// Brings the seconds up to date; to be called a few times a second.
    pub fn tick(&mut self) {
        let due = if self.terminal {
            Duration::from_secs(1)
        } else {
            QUIET
        };
        if self.said.elapsed() < due {
            return;
        }
        self.said = Instant::now();
        if self.terminal {
            self.rewrite();
        } else {
            say(format_args!(
                "{} ... {} s",
                self.what,
                self.started.elapsed().as_secs()
            ));
        }
    }

    /// Says how the step ended, in one word or a few.
    pub fn end(self, outcome: impl Display) {
        let start = if self.terminal { "\r\x1b[K" } else { "" };
        let seconds = self.started.elapsed().as_secs_f64();
        say(format_args!(
            "{start}{}: {outcome} after {seconds:.1} s",
            self.what
        ));
    }

    fn rewrite(&self) {
        let mut out = stderr();
        let _ = write!(
            out,
            "\r\x1b[K{} ... {} s",
            self.what,
            self.started.elapsed().as_secs()
        );
        let _ = out.flush();
    }
}
