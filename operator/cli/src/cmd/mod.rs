//! The verbs, one file each: what can be typed, and what is done.

mod analyze;
mod approve;
mod bug_report;
mod complete;
mod completion;
mod convert;
mod dashboard;
mod diff;
mod history;
mod install;
mod kube_inject;
mod man;
mod manifest;
mod operator;
mod pause;
mod precheck;
mod profile;
mod proxy_config;
mod proxy_status;
mod retry;
mod rollback;
mod status;
mod tag;
mod uninstall;
mod upgrade;
mod verify;
mod version;

use clap::Subcommand;

use crate::cli::Exit;
use crate::error::Error;
use crate::printer::Printer;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Look at the profiles that a mesh can start from
    #[command(subcommand)]
    Profile(profile::Verb),
    /// Work with the Kubernetes objects that a mesh consists of
    #[command(subcommand)]
    Manifest(manifest::Verb),
    /// Turn an IstioOperator or Helm values into a MeshInstallation
    Convert(convert::Convert),
    /// Check whether the cluster can take a mesh
    Precheck(precheck::Precheck),
    /// Look for mistakes in Istio configuration, in files and in the cluster
    Analyze(analyze::Analyze),
    /// Show what would change in the cluster; exits with 1 when something would
    Diff(diff::Diff),
    /// Install or change a mesh, and follow it until it is ready
    #[command(visible_alias = "apply")]
    Install(install::Install),
    /// Show the meshes of the cluster; exits with 1 unless all are ready
    Status(status::Status),
    /// Check every object of a mesh: there, as wanted, ready
    VerifyInstall(verify::VerifyInstall),
    /// Show what a mesh has been, and which records can be rolled back to
    History(history::History),
    /// Upgrade a mesh to another version of Istio, and follow it until it runs
    Upgrade(upgrade::Upgrade),
    /// Approve the plan that a mesh waits with
    Approve(approve::Approve),
    /// Go back to what a mesh was
    Rollback(rollback::Rollback),
    /// Carry out once more a change that was rolled back
    Retry(retry::Retry),
    /// Freeze a mesh: nothing is written to it
    Pause(pause::Pause),
    /// Let the operator go on with a mesh
    Resume(pause::Resume),
    /// Names that stand for a revision
    #[command(subcommand)]
    Tag(tag::Verb),
    /// Remove a mesh, and follow it until it is gone
    Uninstall(uninstall::Uninstall),
    /// Show the versions of this command, of Istio, and of the meshes in the cluster
    Version(version::Version),
    /// Open a page of the mesh in a browser
    #[command(visible_alias = "d")]
    Dashboard(dashboard::Dashboard),
    /// Add the sidecar to workloads in YAML files
    KubeInject(kube_inject::KubeInject),
    /// Show whether the proxies have taken what istiod has sent them
    #[command(visible_alias = "ps")]
    ProxyStatus(proxy_status::ProxyStatus),
    /// Show what the Envoy of a pod has been told
    #[command(subcommand, visible_alias = "pc")]
    ProxyConfig(proxy_config::Verb),
    /// Pack an archive with what a maintainer needs
    BugReport(bug_report::BugReport),
    /// Install the operator itself
    #[command(subcommand)]
    Operator(operator::Verb),
    /// Print a script that completes this command's arguments in a shell
    Completion(completion::Completion),
    /// Write manual pages
    Man(man::Pages),
    /// What kubectl asks a plugin for
    #[command(name = "__complete", hide = true)]
    Complete(complete::Complete),
}

impl Verb {
    /// Does what was asked for.
    pub(crate) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        match self {
            Self::Profile(verb) => verb.run(printer),
            Self::Manifest(verb) => verb.run(printer),
            Self::Convert(verb) => verb.run(printer),
            Self::Precheck(verb) => verb.run(printer),
            Self::Analyze(verb) => verb.run(printer),
            Self::Diff(verb) => verb.run(printer),
            Self::Install(verb) => verb.run(printer),
            Self::Status(verb) => verb.run(printer),
            Self::VerifyInstall(verb) => verb.run(printer),
            Self::History(verb) => verb.run(printer),
            Self::Upgrade(verb) => verb.run(printer),
            Self::Approve(verb) => verb.run(printer),
            Self::Rollback(verb) => verb.run(printer),
            Self::Retry(verb) => verb.run(printer),
            Self::Pause(verb) => verb.run(printer),
            Self::Resume(verb) => verb.run(printer),
            Self::Uninstall(verb) => verb.run(printer),
            Self::Version(verb) => verb.run(printer),
            Self::Dashboard(verb) => verb.run(printer),
            Self::BugReport(verb) => verb.run(printer),
            Self::KubeInject(verb) => verb.run(printer),
            Self::ProxyStatus(verb) => verb.run(printer),
            Self::ProxyConfig(verb) => verb.run(printer),
            Self::Operator(verb) => verb.run(printer),
            Self::Completion(verb) => verb.run(printer),
            Self::Tag(verb) => verb.run(printer),
            Self::Man(verb) => verb.run(printer),
            Self::Complete(verb) => verb.run(printer),
        }
    }

    /// The exit code for an error. Where 1 says that there are differences, an error is 2.
    pub(crate) fn exit_of(&self, error: &Error) -> Exit {
        match self {
            Self::Diff(_)
            | Self::Profile(profile::Verb::Diff(_))
            | Self::Manifest(manifest::Verb::Diff(_)) => Exit::Usage,
            Self::Profile(_)
            | Self::Manifest(_)
            | Self::Convert(_)
            | Self::Precheck(_)
            | Self::Analyze(_)
            | Self::Install(_)
            | Self::Status(_)
            | Self::VerifyInstall(_)
            | Self::History(_)
            | Self::Upgrade(_)
            | Self::Approve(_)
            | Self::Rollback(_)
            | Self::Retry(_)
            | Self::Pause(_)
            | Self::Resume(_)
            | Self::Uninstall(_)
            | Self::Version(_)
            | Self::Dashboard(_)
            | Self::BugReport(_)
            | Self::KubeInject(_)
            | Self::ProxyStatus(_)
            | Self::ProxyConfig(_)
            | Self::Operator(_)
            | Self::Tag(_)
            | Self::Man(_)
            | Self::Complete(_)
            | Self::Completion(_) => error.exit(),
        }
    }
}
