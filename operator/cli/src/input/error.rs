//! What can be wrong with files and flags.

use std::io;

/// What can be wrong with files and flags. Findings in a spec that parses are not here: those are
/// a [`ResolveError`](mainsheet_profiles::ResolveError).
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// The file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file as it was typed.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is too large.
    #[error("{file}: more than {limit} bytes, which is more than is read")]
    TooLarge {
        /// The file as it was typed.
        file: String,
        /// The most that is read.
        limit: u64,
    },
    /// The file is not text.
    #[error("{0}: not UTF-8 text")]
    NotText(String),
    /// The file does not parse.
    #[error("{file}: not YAML: {problem}")]
    NotYaml {
        /// The file as it was typed.
        file: String,
        /// What the parser says, with line and column.
        problem: String,
    },
    /// The file holds no document.
    #[error("{0}: empty; a MeshInstallation is wanted")]
    Empty(String),
    /// The file holds more than one document.
    #[error("{file}: {count} documents, one MeshInstallation is wanted; give each in its own file")]
    Many {
        /// The file as it was typed.
        file: String,
        /// How many documents it has.
        count: usize,
    },
    /// The document is not what it should be.
    #[error("{file}: {given}; allowed: {allowed}")]
    Kind {
        /// The file as it was typed.
        file: String,
        /// What it says it is.
        given: String,
        /// What it should be.
        allowed: &'static str,
    },
    /// Fields that do not exist or have the wrong type, a line each.
    #[error("{}", .0.join("; "))]
    Findings(Vec<String>),
    /// A `--set` that cannot be understood.
    #[error("--set {text}: {problem}")]
    Set {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
}
