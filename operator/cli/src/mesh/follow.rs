//! Waiting for a MeshInstallation, by watching it.

use std::cell::Cell;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use futures::StreamExt;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::{RevisionStatus, UpgradePhase};
use mainsheet_crds::revision::RevisionState;
use tokio::time::{Instant, sleep_until};

use super::{Verdict, awaited_plan, lines, verdict, words};
use crate::cluster::Cluster;
use crate::error::Error;
use crate::printer::Printer;
use crate::progress::Progress;

/// How long something may take, as typed: `90s`, `10m`, `1h30m`.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    text: String,
    duration: Duration,
}

/// Whether and how long to wait.
#[derive(Clone, Debug, Args)]
pub(crate) struct Waiting {
    /// Wait until it is done; this is the default
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Return as soon as the cluster has taken the change
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,
    /// How long it may take
    #[arg(long, value_name = "TIME", default_value = "10m")]
    timeout: Limit,
}

/// An operator that runs has answered by then.
const PATIENCE: Duration = Duration::from_secs(5);

const NOBODY: &str = "no operator has answered yet; is mainsheet-operator running? \
                      (to install it: mainsheet operator manifests | kubectl apply --server-side -f -)";

const NOT_BEGUN: &str = "the operator has not begun";

/// Whether the waiting is over, or what is still waited for.
enum Step {
    Done,
    Still(String),
}

/// Waits until the installation is ready, and shows how it gets there.
pub(crate) async fn until_ready(
    cluster: &Cluster,
    name: &str,
    limit: &Limit,
    printer: &mut Printer,
) -> Result<(), Error> {
    follow(cluster, name, "ready", limit, printer, |seen| {
        let installation = seen.ok_or_else(|| Error::Vanished(name.to_owned()))?;
        readiness(name, installation)
    })
    .await
}

/// Waits until a mesh runs this version of Istio, its workloads too where the operator moves them.
pub(crate) async fn until_upgraded(
    cluster: &Cluster,
    name: &str,
    version: &str,
    limit: &Limit,
    printer: &mut Printer,
) -> Result<(), Error> {
    follow(cluster, name, "upgraded", limit, printer, |seen| {
        let installation = seen.ok_or_else(|| Error::Vanished(name.to_owned()))?;
        activity(name, installation, |record| record.version == version)
    })
    .await
}

/// Waits until a mesh runs this record. An annotation has asked for it, after the installation was
/// as `before`: unlike a new spec, that has no generation by which the operator's answer is known.
pub(crate) async fn until_running(
    cluster: &Cluster,
    before: &MeshInstallation,
    record: &str,
    limit: &Limit,
    printer: &mut Printer,
) -> Result<(), Error> {
    let name = before.name_any();
    let is_wanted = |kept: &RevisionStatus| kept.name == record;
    let answered = Cell::new(false);
    follow(cluster, &name, "back", limit, printer, |seen| {
        let installation = seen.ok_or_else(|| Error::Vanished(name.clone()))?;
        answered.set(answered.get() || installation.status != before.status);
        if answered.get() || is_active(installation, is_wanted) {
            activity(&name, installation, is_wanted)
        } else {
            Ok(Step::Still(NOT_BEGUN.to_owned()))
        }
    })
    .await
}

/// Whether the mesh is ready, its active record is such a one, and nothing is under way.
fn activity(
    name: &str,
    installation: &MeshInstallation,
    is_wanted: impl Fn(&RevisionStatus) -> bool,
) -> Result<Step, Error> {
    if let Step::Still(message) = readiness(name, installation)? {
        return Ok(Step::Still(message));
    }
    let status = installation.status.as_ref();
    if let Some(upgrade) = status.and_then(|status| status.upgrade.as_ref()) {
        match upgrade.phase {
            // What is wanted may be what it was rolled back to.
            UpgradePhase::Completed | UpgradePhase::RolledBack => {}
            UpgradePhase::AwaitingApproval
            | UpgradePhase::Installing
            | UpgradePhase::Verifying
            | UpgradePhase::AwaitingWindow
            | UpgradePhase::Moving
            | UpgradePhase::Soaking
            | UpgradePhase::Promoting
            | UpgradePhase::RollingBack => return Ok(Step::Still(words::progress(upgrade))),
        }
    }
    Ok(if is_active(installation, is_wanted) {
        Step::Done
    } else {
        Step::Still(NOT_BEGUN.to_owned())
    })
}

/// Whether the active record is such a one.
fn is_active(installation: &MeshInstallation, is_wanted: impl Fn(&RevisionStatus) -> bool) -> bool {
    let records = installation
        .status
        .iter()
        .flat_map(|status| &status.revisions);
    records
        .filter(|kept| kept.state == RevisionState::Active)
        .any(is_wanted)
}

/// Whether an installation is ready, or why it will not become so by itself.
fn readiness(name: &str, installation: &MeshInstallation) -> Result<Step, Error> {
    if awaited_plan(installation).is_some() {
        return Err(Error::AwaitsApproval(name.to_owned()));
    }
    match verdict(installation) {
        Verdict::Ready => Ok(Step::Done),
        Verdict::Unseen => Ok(Step::Still("no operator has looked at it".to_owned())),
        Verdict::Working(message) => Ok(Step::Still(message)),
        Verdict::Suspended(message) => {
            Err(stalled(name, "spec.suspend is set".to_owned(), message))
        }
        Verdict::Stalled { reason, message } => Err(stalled(name, reason, message)),
    }
}

/// Waits until this very installation is gone, and shows how it goes.
pub(crate) async fn until_gone(
    cluster: &Cluster,
    installation: &MeshInstallation,
    limit: &Limit,
    printer: &mut Printer,
) -> Result<(), Error> {
    let name = installation.name_any();
    follow(cluster, &name, "gone", limit, printer, |seen| {
        let Some(seen) = seen.filter(|seen| seen.uid() == installation.uid()) else {
            return Ok(Step::Done);
        };
        match verdict(seen) {
            Verdict::Stalled { reason, message } => Err(stalled(&name, reason, message)),
            Verdict::Working(message) | Verdict::Suspended(message) => Ok(Step::Still(message)),
            Verdict::Ready | Verdict::Unseen => {
                Ok(Step::Still("no operator has looked at it".to_owned()))
            }
        }
    })
    .await
}

fn stalled(name: &str, reason: String, message: String) -> Error {
    Error::Stalled {
        name: format!("MeshInstallation {name}"),
        reason,
        message,
    }
}

async fn follow(
    cluster: &Cluster,
    name: &str,
    wanted: &'static str,
    limit: &Limit,
    printer: &mut Printer,
    judge: impl Fn(Option<&MeshInstallation>) -> Result<Step, Error>,
) -> Result<(), Error> {
    let mut progress = Progress::new(printer);
    let mut seen = Box::pin(cluster.watch(name));
    let started = Instant::now();
    let mut doubt = Some(started + PATIENCE);
    let mut lost = false;
    let mut still = "nothing is known of it".to_owned();
    loop {
        tokio::select! {
            Some(change) = seen.next() => match change {
                Ok(installation) => {
                    lost = false;
                    if let Some(installation) = &installation {
                        progress.show(&lines(installation));
                        doubt = doubt.filter(|_| verdict(installation) == Verdict::Unseen);
                    }
                    match judge(installation.as_ref())? {
                        Step::Done => return Ok(()),
                        Step::Still(message) => still = message,
                    }
                }
                Err(error) if error.may_pass() => {
                    if !std::mem::replace(&mut lost, true) {
                        progress.note(&format!("{error}; trying again"));
                    }
                    // An operator that cannot be seen may have answered.
                    doubt = doubt.map(|_| Instant::now() + PATIENCE);
                }
                Err(error) => return Err(error.into()),
            },
            () = sleep_until(doubt.unwrap_or(started)), if doubt.is_some() => {
                doubt = None;
                progress.note(NOBODY);
            }
            () = sleep_until(started + limit.duration) => {
                return Err(timed_out(name, wanted, limit, still));
            }
        }
    }
}

fn timed_out(name: &str, wanted: &'static str, limit: &Limit, still: String) -> Error {
    Error::TimedOut {
        name: format!("MeshInstallation {name}"),
        wanted,
        limit: limit.text.clone(),
        still,
    }
}

// === impl Waiting ===

impl Waiting {
    /// How long anything may take, waited for or not.
    pub(crate) fn most(&self) -> &Limit {
        &self.timeout
    }

    /// How long to wait, if at all.
    pub(crate) fn limit(&self) -> Option<&Limit> {
        (!self.no_wait).then_some(&self.timeout)
    }
}

// === impl Limit ===

impl Limit {
    /// How long that is.
    pub(crate) fn duration(&self) -> Duration {
        self.duration
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span: jiff::SignedDuration = text
            .parse()
            .map_err(|_| "a span of time is wanted, such as 90s, 10m or 1h30m".to_owned())?;
        let duration = Duration::try_from(span).map_err(|_| "time goes forward only".to_owned())?;
        Ok(Self {
            text: text.to_owned(),
            duration,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_kubernetes_writes_them() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h30m", 5400), ("0s", 0)] {
            assert_eq!(
                text.parse::<Limit>().unwrap().duration.as_secs(),
                seconds,
                "{text}"
            );
        }
        for text in ["", "10", "m", "-5m", "ten minutes"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
