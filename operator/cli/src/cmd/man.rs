//! `mainsheet man`: a manual page for every verb.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Exit};
use crate::error::Error;
use crate::printer::Printer;

/// Write manual pages, one for each verb: mainsheet.1, mainsheet-install.1 and so on.
#[derive(Debug, Args)]
pub(crate) struct Pages {
    /// Folder that they are written into, made if it is not there
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
}

impl Pages {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        fs::create_dir_all(&self.dir)?;
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        let count = write(&command, &self.dir)?;
        printer.say(format_args!(
            "{count} pages written; to read one: man {}/mainsheet.1",
            self.dir.display()
        ));
        Ok(Exit::Success)
    }
}

/// The page of a command, and those of its verbs.
fn write(command: &Command, folder: &Path) -> Result<usize, Error> {
    let manual = Man::new(command.clone());
    let mut page = Vec::new();
    manual.render(&mut page)?;
    fs::write(folder.join(manual.get_filename()), page)?;
    let mut count = 1;
    let verbs = command.get_subcommands();
    for verb in verbs.filter(|verb| !verb.is_hide_set()) {
        count += write(verb, folder)?;
    }
    Ok(count)
}
