//! What is wrong with Istio configuration, by Istio's own message codes.
//!
//! [`Builder`] collects objects, of a cluster and of files ([`source`]), into a [`Snapshot`];
//! [`analyze`] runs every analyzer on it. An analyzer is a function from a snapshot to messages,
//! one file a theme. One that needs a kind which could not be looked at does not run: what nobody
//! has seen is not taken for missing.
//!
//! Pure: no client, no clock, no files.

mod analyzers;
mod code;
mod foreign;
mod kind;
mod message;
mod place;
mod resource;
mod scope;
mod snapshot;
pub mod source;
mod view;

pub use analyzers::{ANALYZERS, Analyzer};
pub use code::{Code, Level};
pub use kind::{Kind, Scope as KindScope};
pub use message::Message;
pub use place::Place;
pub use resource::Resource;
pub use scope::{
    ANNOTATION_SUPPRESS, IGNORED_NAMESPACES, Scope, Suppression, SuppressionError, level,
};
pub use snapshot::{Builder, Snapshot};

use message::Report;
use view::View;

/// What came of an analysis.
#[derive(Debug)]
pub struct Analysis {
    /// What was found, the worst first.
    pub messages: Vec<Message>,
    /// The analyzers that did not run, each with the kind that it could not see.
    pub skipped: Vec<(&'static str, Kind)>,
}

/// Runs every analyzer.
pub fn analyze(snapshot: &Snapshot, scope: &Scope) -> Analysis {
    let view = View::new(snapshot);
    let mut report = Report::default();
    let mut skipped = Vec::new();
    for analyzer in ANALYZERS {
        match analyzer
            .inputs
            .iter()
            .find(|kind| snapshot.unseen.contains(kind))
        {
            Some(kind) => skipped.push((analyzer.name, *kind)),
            None => (analyzer.run)(&view, &mut report),
        }
    }
    let mut messages = report.finish();
    messages.retain(|message| scope.wants(message));
    Analysis { messages, skipped }
}
