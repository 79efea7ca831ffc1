//! `mainsheet profile`: what a mesh can start from.

mod diff;
mod dump;
mod flags;
mod list;

use clap::Subcommand;
use mainsheet_crds::installation::Profile;
use mainsheet_profiles::Release;
use serde_json::Value;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs of `profile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List the profiles
    List(list::List),
    /// Print a profile with all its values
    Dump(dump::Dump),
    /// Compare two profiles; exits with 1 when they differ
    Diff(diff::Diff),
}

impl Verb {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::List(verb) => verb.run(printer),
            Self::Dump(verb) => verb.run(printer),
            Self::Diff(verb) => verb.run(printer),
        }
    }
}

/// The names of the profiles, for arguments.
fn names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(Profile::ALL.map(Profile::as_str))
}

/// A profile of a release, written out as a MeshInstallation.
fn dumped(name: &str, version: Option<&str>) -> Result<Value, Error> {
    let profile = Profile::ALL
        .into_iter()
        .find(|profile| profile.as_str() == name);
    let profile = profile.ok_or_else(|| Error::Usage(format!("there is no profile {name:?}")))?;
    Ok(mainsheet_profiles::profile::dump(
        profile,
        release(version)?,
    ))
}

fn release(version: Option<&str>) -> Result<&'static Release, Error> {
    let Some(version) = version else {
        return Ok(Release::newest());
    };
    Release::find(version, None).map_err(|_| {
        let names = Release::names().join(", ");
        Error::Usage(format!(
            "version {version:?} is not bundled; allowed: {names}"
        ))
    })
}
