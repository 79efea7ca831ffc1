//! `mainsheet profile`: what a mesh can start from.

mod diff;
mod dump;
mod flags;
mod list;

use std::path::Path;

use clap::Subcommand;
use mainsheet_crds::installation::Profile;
use mainsheet_profiles::Release;
use serde_json::Value;

use crate::cli::Exit;
use crate::error::Error;
use crate::input::{Assignment, Wish};
use crate::printer::Printer;

/// The verbs of `profile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List the profiles
    List(list::List),
    /// Print a profile or a file with all its values
    Dump(dump::Dump),
    /// Compare two profiles or files; exits with 1 when they differ
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

/// A profile of a release, or the MeshInstallation in a file, written out with all its values.
fn dumped(source: &str, version: Option<&str>) -> Result<Value, Error> {
    let profile = Profile::ALL
        .into_iter()
        .find(|profile| profile.as_str() == source);
    if let Some(profile) = profile {
        return Ok(mainsheet_profiles::profile::dump(
            profile,
            release(version)?,
        ));
    }
    if source != "-" && !Path::new(source).exists() {
        let names = Profile::ALL.map(Profile::as_str).join(", ");
        return Err(Error::Usage(format!(
            "there is no profile {source:?}, nor a file of that name; profiles: {names}"
        )));
    }
    let wish = Wish {
        files: vec![source.into()],
        set: version.map(Assignment::version).into_iter().collect(),
        ..Wish::default()
    };
    let wanted = wish.read()?;
    Ok(mainsheet_profiles::profile::written_out(
        &wanted.name,
        &wanted.spec,
    )?)
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
