//! `mainsheet precheck`: whether a cluster can take a mesh, a line for each check.

mod cluster_side;
mod facts;
mod istio;
mod nodes;
mod preflight;
mod probe;
mod rights;

use std::io::Write;

use clap::Args;
use mainsheet_core::desired::Desired;
use mainsheet_manifests::{Manifests, render};
use mainsheet_profiles::Resolved;
use serde::Serialize;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, block_on};
use crate::error::Error;
use crate::input::{Wanted, Wish};
use crate::mesh::resolve_in;
use crate::output::{self, Document, Format};
use crate::printer::{Printer, Tone};
use facts::Facts;

/// Check whether the cluster can take a mesh: a line for each check, with what to do.
///
/// Nothing is written. Exits with 1 when a check fails; a warning is no failure.
#[derive(Debug, Args)]
pub(crate) struct Precheck {
    #[command(flatten)]
    wish: Wish,
    /// How the checks are written; name lists those that failed
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table"
    )]
    output: Format,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    result: Outcome,
    /// What was found.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Outcome {
    Pass,
    Warn,
    Fail,
}

/// A mesh that a cluster is to take.
struct Mesh {
    resolved: Resolved,
    manifests: Manifests,
    desired: Desired,
}

impl Precheck {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let wanted = self.wish.read()?;
        let checks = block_on(async {
            let cluster = self.cluster.connect().await?;
            Box::pin(checks(&wanted, &cluster)).await
        })?;
        match self.output {
            Format::Table | Format::Wide => print(&checks, printer)?,
            Format::Json => output::document(&checks, Document::Json, printer)?,
            Format::Yaml => output::document(&checks, Document::Yaml, printer)?,
            Format::Name => {
                for check in checks.iter().filter(|check| check.result == Outcome::Fail) {
                    output::line(check.name, printer)?;
                }
            }
        }
        let failed = checks.iter().any(|check| check.result == Outcome::Fail);
        Ok(if failed { Exit::Failure } else { Exit::Success })
    }
}

async fn checks(wanted: &Wanted, cluster: &Cluster) -> Result<Vec<Check>, Error> {
    let kubernetes = cluster.kubernetes().await?;
    let before = cluster.get_if_served(&wanted.name).await?;
    let resolved = resolve_in(wanted, before.as_ref(), Some(kubernetes.clone()))?;
    let manifests = render(&resolved)?;
    let mesh = Mesh {
        desired: Desired::new(&manifests),
        manifests,
        resolved,
    };
    let facts = Facts::gather(kubernetes, cluster).await?;
    let mut checks = vec![
        cluster_side::api(&facts),
        cluster_side::operator(&facts),
        rights::check(&mesh, cluster).await?,
    ];
    let running = before.and_then(|installation| installation.status?.version);
    let used = preflight::used(running.as_deref(), &mesh, cluster).await?;
    checks.extend(preflight::checks(&mesh, &facts, running.as_deref(), used));
    checks.extend(istio::control_planes(&mesh, &facts));
    checks.push(probe::injection(&mesh, &facts, cluster).await?);
    checks.push(istio::gateway_api(&mesh, &facts));
    checks.extend(nodes::checks(&mesh, &facts));
    Ok(checks)
}

fn print(checks: &[Check], printer: &mut Printer) -> Result<(), Error> {
    for check in checks {
        let (sign, tone) = match check.result {
            Outcome::Pass => ("ok", Tone::Good),
            Outcome::Warn => ("warn", Tone::Busy),
            Outcome::Fail => ("fail", Tone::Bad),
        };
        let remedy = check.remedy.as_ref().map(|remedy| format!("; {remedy}"));
        let (name, message, remedy) = (check.name, &check.message, remedy.unwrap_or_default());
        printer.entry(tone, (sign, 5), &format!("{name}: {message}{remedy}"))?;
    }
    let count = |result| checks.iter().filter(|check| check.result == result).count();
    let (passed, warned, failed) = (
        count(Outcome::Pass),
        count(Outcome::Warn),
        count(Outcome::Fail),
    );
    Ok(writeln!(
        printer.data(),
        "{} checks: {passed} passed, {warned} warned, {failed} failed",
        checks.len()
    )?)
}

// === impl Check ===

impl Check {
    fn pass(name: &'static str, message: impl Into<String>) -> Self {
        Self::of(name, Outcome::Pass, message, None)
    }

    fn warn(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(name, Outcome::Warn, message, Some(remedy.into()))
    }

    fn fail(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(name, Outcome::Fail, message, Some(remedy.into()))
    }

    /// A check that could not be made is no failure of the cluster.
    fn unknown(name: &'static str, why: &str) -> Self {
        Self::warn(
            name,
            format!("not checked: {why}"),
            "check it as somebody who may read that",
        )
    }

    fn of(
        name: &'static str,
        result: Outcome,
        message: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self {
            name,
            result,
            message: message.into(),
            remedy,
        }
    }
}
