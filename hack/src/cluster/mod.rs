//! A Kubernetes cluster on this machine: etcd, API server, controllers and scheduler are the real
//! ones, nodes and pods are kwok's, which says of every pod that it runs. No container ever starts.
//!
//! [`Cluster::start`] returns when pods can be created; everything is gone, processes and files,
//! when the value is dropped or the process that holds it ends in whatever way.

mod certs;
mod components;
mod config;
mod forward;
mod guardian;
mod launch;
mod layout;
pub mod named;
mod nodes;
mod ports;
mod process;
mod sweep;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::audit;
use crate::tools::{Tool, Tools};
use guardian::Guardian;
use layout::Layout;
pub use process::Process;

/// What a cluster shall be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Part of the name of its folder, so that people recognise it.
    pub name: String,
    /// How many nodes; 0 leaves pods Pending.
    pub nodes: u16,
    /// What the audit log says of each request.
    pub audit: AuditLevel,
    /// The API server's port; none takes a free one.
    pub port: Option<u16>,
    /// Whether nodes can be asked: ports of pods are forwarded to where [`Cluster::forward`] says,
    /// and containers have logs by [`Cluster::write_logs`].
    pub forwards: bool,
    /// How long the start may take once the programs are built.
    pub deadline: Duration,
}

/// What the audit log says of each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AuditLevel {
    /// Who asked for what, and the answer's code.
    #[default]
    Metadata,
    /// Of writes also what was sent and answered, except for secrets and tokens.
    RequestResponse,
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    tools: Tools,
    layout: Layout,
    kubeconfig: PathBuf,
    ca: PathBuf,
    url: String,
    guardian: Guardian,
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "test".into(),
            nodes: 1,
            audit: AuditLevel::default(),
            port: None,
            forwards: false,
            deadline: Duration::from_secs(90),
        }
    }
}

// === impl Cluster ===

impl Cluster {
    /// Builds the programs where that has not happened yet, starts them, and waits until nodes are
    /// ready.
    ///
    /// Blocks: from asynchronous code, call it where blocking is allowed.
    pub fn start(options: &Options) -> Result<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        ensure!(
            !options.name.is_empty() && options.name.chars().all(plain),
            "{:?} is no name for a cluster: letters, digits and - only",
            options.name
        );
        launch::launch(options, &Tools::ensure()?)
    }

    /// The cluster's folder.
    pub fn dir(&self) -> &Path {
        self.layout.dir()
    }

    /// The kubeconfig of a user who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The API server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the authority that signed the API server's, as a PEM file.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// All that was asked of the API server since it started.
    pub fn audit(&self) -> audit::Log {
        audit::Log::new(self.layout.audit_log())
    }

    /// The folder with kubectl, for a `PATH`.
    pub fn bin_dir(&self) -> &Path {
        self.tools.dir(Tool::Kubectl)
    }

    /// A kubectl that talks to this cluster as the user who may do everything, and leaves nothing
    /// outside its folder.
    pub fn kubectl(&self) -> Command {
        launch::kubectl(&self.tools, &self.layout)
    }

    /// Says which address stands behind each of these ports of a pod, for a cluster that
    /// [forwards](Options::forwards); what was said of the pod before is forgotten.
    ///
    /// The pod's node hears of it within a moment: what needs it has to be tried again until then.
    pub fn forward(&self, namespace: &str, pod: &str, ports: &[(u16, SocketAddr)]) -> Result<()> {
        let path = self.dir().join(format!("forward-{namespace}-{pod}.json"));
        certs::put(&path, &forward::object(namespace, pod, ports).to_string())?;
        let mut kubectl = self.kubectl();
        kubectl.args(["apply", "--validate=false", "-f"]).arg(&path);
        launch::output(kubectl)
            .map(drop)
            .with_context(|| format!("no port of pod {namespace}/{pod} can be forwarded"))
    }

    /// Lets every container of the cluster have written these lines, for a cluster that
    /// [forwards](Options::forwards).
    pub fn write_logs(&self, lines: &[&str]) -> Result<()> {
        // As container runtimes keep them.
        let line = |line: &&str| format!("2026-01-01T00:00:00.000000000Z stdout F {line}\n");
        let text: String = lines.iter().map(line).collect();
        certs::put(&self.layout.pod_logs(), &text)
    }

    /// Writes a kubeconfig for an existing `ServiceAccount`, with a token for a day. Its context's
    /// namespace is the account's.
    pub fn service_account_kubeconfig(
        &self,
        namespace: &str,
        name: &str,
        path: &Path,
    ) -> Result<()> {
        let mut kubectl = self.kubectl();
        kubectl.args([
            "create",
            "token",
            name,
            "--namespace",
            namespace,
            "--duration=24h",
        ]);
        let token = launch::output(kubectl)
            .with_context(|| format!("no token for ServiceAccount {namespace}/{name}"))?;
        let credential = config::Credential::Token(token.trim());
        let config = config::kubeconfig(&self.url, &self.ca, name, namespace, &credential);
        certs::put(path, &format!("{config:#}\n"))
    }

    /// Runs a program beside the cluster that ends when the cluster does, even if this process is
    /// killed before.
    ///
    /// Program, arguments, environment changes and folder of the command count; its streams do not:
    /// output goes to [`Process::log`]. The name may be used again when the program has ended.
    pub fn spawn(&self, name: &str, command: &Command) -> Result<Process> {
        self.guardian.spawn(name, command)
    }

    /// A program of the cluster by its name (`etcd`, `kube-apiserver`, …), or one that was spawned.
    pub fn process(&self, name: &str) -> Result<Process> {
        let all = Process::of(self.dir())?;
        let found = all.into_iter().find(|process| process.name() == name);
        found.with_context(|| format!("nothing called {name} was started"))
    }
}
