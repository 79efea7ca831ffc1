//! `mainsheet rollback`: back to a kept record, by an annotation that wins over the spec.

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::{MeshInstallationStatus, Outcome, RevisionStatus};
use mainsheet_crds::meta::ANNOTATION_ROLLBACK;
use mainsheet_crds::revision::RevisionState;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, block_on};
use crate::error::Error;
use crate::mesh::words;
use crate::mesh::{Waiting, until_running};
use crate::printer::Printer;
use crate::prompt::confirm;

/// Go back to what a mesh was, exactly as it was recorded; see `mainsheet history`.
///
/// The spec stays as it is and is not carried out until `mainsheet rollback --undo`, or until the
/// spec itself is set back.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The MeshInstallation [default: the only one in the cluster]
    name: Option<String>,
    /// The record to go back to [default: the last one that the mesh ran before]
    #[arg(long, value_name = "RECORD", conflicts_with = "undo")]
    to: Option<String>,
    /// Carry out the spec again
    #[arg(long)]
    undo: bool,
    /// Go ahead without a question
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Rollback {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(async {
            let cluster = self.cluster.connect().await?;
            let installation = cluster.pick(self.name.as_deref()).await?;
            if self.undo {
                self.undo(&cluster, &installation, printer).await
            } else {
                self.go_back(&cluster, &installation, printer).await
            }
        })
    }

    async fn go_back(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        printer: &mut Printer,
    ) -> Result<Exit, Error> {
        let name = installation.name_any();
        let status = installation.status.clone().unwrap_or_default();
        let record = self.record(&name, &status)?;
        let (to, version) = (&record.name, &record.version);
        printer.say(format_args!(
            "MeshInstallation {name} will go back to {to}: Istio {version}, revision {}",
            record.istio_revision
        ));
        if let Some(active) = of_state(&status, RevisionState::Active).next() {
            printer.say(format_args!(
                "it runs {} now: Istio {}",
                active.name, active.version
            ));
        }
        confirm("Go ahead?", self.yes, printer)?;
        cluster
            .annotate(installation, ANNOTATION_ROLLBACK, Some(to))
            .await?;
        printer.say(format_args!(
            "the spec is not carried out until `mainsheet rollback {name} --undo`"
        ));
        if let Some(limit) = self.waiting.limit() {
            until_running(cluster, installation, to, limit, printer).await?;
        }
        Ok(Exit::Success)
    }

    fn record<'a>(
        &self,
        name: &str,
        status: &'a MeshInstallationStatus,
    ) -> Result<&'a RevisionStatus, Error> {
        let kept = || {
            let names: Vec<String> = status
                .revisions
                .iter()
                .map(|kept| {
                    format!(
                        "{} ({}, {})",
                        kept.name,
                        kept.version,
                        words::state(kept.state)
                    )
                })
                .collect();
            names.join(", ")
        };
        match &self.to {
            Some(to) => status
                .revisions
                .iter()
                .find(|kept| kept.name == *to)
                .ok_or_else(|| {
                    Error::Usage(format!(
                        "MeshInstallation {name} has no record {to:?}; it has: {}",
                        kept()
                    ))
                }),
            None => before(status).ok_or_else(|| {
                Error::Refused(format!(
                    "MeshInstallation {name} has no record to go back to; it has: {}",
                    kept()
                ))
            }),
        }
    }

    async fn undo(
        &self,
        cluster: &Cluster,
        installation: &MeshInstallation,
        printer: &mut Printer,
    ) -> Result<Exit, Error> {
        let name = installation.name_any();
        let Some(held) = installation.annotations().get(ANNOTATION_ROLLBACK) else {
            printer.say(format_args!("MeshInstallation {name} is not rolled back"));
            return Ok(Exit::Success);
        };
        printer.say(format_args!(
            "MeshInstallation {name} is held at {held}; its spec will be carried out again"
        ));
        confirm("Go ahead?", self.yes, printer)?;
        cluster
            .annotate(installation, ANNOTATION_ROLLBACK, None)
            .await?;
        printer.say(format_args!("MeshInstallation {name} is let go"));
        Ok(Exit::Success)
    }
}

fn of_state(
    status: &MeshInstallationStatus,
    state: RevisionState,
) -> impl Iterator<Item = &RevisionStatus> {
    status
        .revisions
        .iter()
        .filter(move |kept| kept.state == state)
}

/// What the mesh ran before: while a change is under way that is the active record, else the
/// newest that one has gone on from.
fn before(status: &MeshInstallationStatus) -> Option<&RevisionStatus> {
    if of_state(status, RevisionState::Candidate).next().is_some() {
        return of_state(status, RevisionState::Active).next();
    }
    let ended = |kept: &RevisionStatus, how: Outcome| {
        let mut history = status.history.iter();
        history.any(|entry| entry.revision == kept.name && entry.outcome == how)
    };
    let past = || of_state(status, RevisionState::Superseded);
    let completed = status
        .history
        .iter()
        .filter(|entry| entry.outcome == Outcome::Completed)
        .find_map(|entry| past().find(|kept| kept.name == entry.revision));
    of_state(status, RevisionState::Retiring)
        .next()
        .or(completed)
        // The history is shorter than the list of records may be.
        .or_else(|| past().find(|kept| !ended(kept, Outcome::RolledBack)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Names with a `!` were rolled back.
    fn before_of(records: &[(&str, &str)], history: &[&str]) -> Option<String> {
        let records: Vec<_> = records
            .iter()
            .map(|(name, state)| json!({"name": name, "istioRevision": "default", "version": "1.30.3", "state": state}))
            .collect();
        let history: Vec<_> = history
            .iter()
            .map(|name| json!({"revision": name.trim_start_matches('!'), "version": "1.30.3",
                "outcome": if name.starts_with('!') { "RolledBack" } else { "Completed" }, "finishedAt": "2026-01-01T00:00:00Z"}))
            .collect();
        let status =
            serde_json::from_value(json!({"revisions": records, "history": history})).unwrap();
        before(&status).map(|kept| kept.name.clone())
    }

    #[test]
    fn while_a_change_is_under_way_one_goes_back_to_what_runs() {
        assert_eq!(
            before_of(&[("b", "Candidate"), ("a", "Active")], &["a"]).as_deref(),
            Some("a")
        );
    }

    #[test]
    fn else_to_what_ran_last_before() {
        let records = [
            ("c", "Active"),
            ("x", "Superseded"),
            ("b", "Superseded"),
            ("a", "Superseded"),
        ];
        let history = ["!x", "c", "b", "a"];
        assert_eq!(before_of(&records, &history).as_deref(), Some("b"));
        assert_eq!(before_of(&records, &["!x", "c"]).as_deref(), Some("b"));
        assert_eq!(
            before_of(&[("b", "Active"), ("a", "Retiring")], &["b", "a"]).as_deref(),
            Some("a")
        );
        assert_eq!(before_of(&[("a", "Active")], &["a"]), None);
    }
}
