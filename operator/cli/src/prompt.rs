//! Asking before something is done. Where nobody can answer, nobody is asked.

use std::io::{IsTerminal, stdin};

use crate::error::Error;
use crate::printer::Printer;

/// The last word of a rehearsal.
pub(crate) fn rehearsed(printer: &mut Printer) {
    printer.say("nothing was changed: this was a dry run");
}

/// Goes on only when the answer is yes; `-y` is an answer too.
pub(crate) fn confirm(question: &str, yes: bool, printer: &mut Printer) -> Result<(), Error> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() || !printer.is_watched() {
        return Err(Error::Usage(
            "there is no terminal to ask on; give -y to go ahead without a question".to_owned(),
        ));
    }
    printer.draw(&format!("{question} [y/N] "));
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Error::Declined),
    }
}
