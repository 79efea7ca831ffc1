//! The start of a cluster: files, processes, and the waiting until it can be used.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::components::Components;
use super::guardian::Guardian;
use super::layout::Layout;
use super::{Cluster, Options, Process, certs, config, forward, nodes, ports};
use crate::poll;
use crate::tools::{Tool, Tools};

/// How often other ports are tried after somebody else took one between its choice and its use.
const ATTEMPTS: u32 = 5;

/// What Go's network library says of a port in use.
const BUSY: &str = "address already in use";

/// What the kernel says of a full disk.
const FULL: &str = "no space left on device";

/// Why a start failed, as far as that says what to do next.
enum Failure {
    PortTaken(anyhow::Error),
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// Starts a cluster, on another port if the first turns out to be taken.
pub(super) fn launch(options: &Options, tools: &Tools) -> Result<Cluster> {
    retry(|| {
        let ports = Ports {
            apiserver: ports::pick(options.port)?,
            nodes: options.forwards.then(|| ports::pick(None)).transpose()?,
        };
        try_launch(options, tools, ports)
    })
}

fn retry<T>(mut start: impl FnMut() -> Result<T, Failure>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match start() {
            Ok(started) => return Ok(started),
            Err(Failure::PortTaken(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(Failure::PortTaken(error)) => {
                return Err(error.context(format!(
                    "{ATTEMPTS} times a free port was taken by another program before it could be used"
                )));
            }
            Err(Failure::Other(error)) => return Err(error),
        }
    }
}

/// Ports that were free a moment ago.
#[derive(Clone, Copy)]
struct Ports {
    apiserver: u16,
    nodes: Option<u16>,
}

fn try_launch(options: &Options, tools: &Tools, ports: Ports) -> Result<Cluster, Failure> {
    let guardian = Guardian::start(&options.name)?;
    let layout = Layout::new(guardian.dir());
    let url = format!("https://127.0.0.1:{}", ports.apiserver);
    write_files(options, &layout, &url)?;

    let cluster = Cluster {
        tools: tools.clone(),
        kubeconfig: config::admin(&layout),
        ca: layout.ca(),
        layout,
        url,
        guardian,
    };
    let start = Start {
        cluster: &cluster,
        ends: Instant::now() + options.deadline,
        kubelet: ports.nodes,
    };
    let components = Components {
        tools,
        layout: &cluster.layout,
        port: ports.apiserver,
        node_port: ports.nodes,
    };
    let etcd = cluster.spawn(Tool::Etcd.name(), &components.etcd())?;
    start.until_listening(&etcd)?;
    let apiserver = cluster.spawn(Tool::KubeApiserver.name(), &components.apiserver())?;
    let control_plane = [etcd, apiserver];
    start.until_served(&control_plane)?;
    start.create_nodes(options.nodes)?;
    start.create_forwards(&control_plane)?;
    let others = [
        cluster.spawn(
            Tool::KubeControllerManager.name(),
            &components.controller_manager(),
        )?,
        cluster.spawn(Tool::KubeScheduler.name(), &components.scheduler())?,
        cluster.spawn(Tool::Kwok.name(), &components.kwok())?,
    ];
    start.until_usable(options.nodes, &[control_plane.as_slice(), &others].concat())?;
    Ok(cluster)
}

fn write_files(options: &Options, layout: &Layout, url: &str) -> Result<()> {
    certs::write(layout)?;
    config::write_kubeconfigs(layout, url)?;
    config::write_audit_policy(layout, options.audit)?;
    certs::put(&layout.stages(), nodes::STAGES)?;
    certs::put(&layout.nodes(), &nodes::list(options.nodes).to_string())?;
    certs::put(&layout.forwards(), &forward::definition().to_string())
}

/// A cluster whose programs have been started, and the time by which it has to be ready.
struct Start<'a> {
    cluster: &'a Cluster,
    ends: Instant,
    /// The port of the nodes' kubelet, if they have one.
    kubelet: Option<u16>,
}

impl Start<'_> {
    /// An API server that meets no etcd waits a second before it tries again.
    fn until_listening(&self, etcd: &Process) -> Result<(), Failure> {
        let socket = self.cluster.layout.etcd_socket();
        self.until("etcd to listen", std::slice::from_ref(etcd), || {
            socket.exists()
        })
    }

    fn until_served(&self, processes: &[Process]) -> Result<(), Failure> {
        self.until("the API server to be ready", processes, || {
            self.kubectl(&["get", "--raw", "/readyz"]).is_ok()
        })
    }

    fn create_nodes(&self, count: u16) -> Result<()> {
        if count > 0 {
            self.create(&self.cluster.layout.nodes())
                .context("cannot create nodes")?;
        }
        Ok(())
    }

    /// A kwok that meets an API server without the kind waits long before it tries again.
    fn create_forwards(&self, processes: &[Process]) -> Result<(), Failure> {
        if self.kubelet.is_none() {
            return Ok(());
        }
        self.create(&self.cluster.layout.forwards())
            .context("cannot create the kind of forwarded ports")?;
        self.until("forwarded ports to be known", processes, || {
            self.kubectl(&["get", "--raw", forward::PATH]).is_ok()
        })
    }

    fn create(&self, file: &Path) -> Result<()> {
        // Validation here would fetch the schema of everything, which takes a second.
        self.kubectl(&["create", "--validate=ignore", "-f", &file.to_string_lossy()])
            .map(drop)
    }

    /// Whether the nodes' kubelet listens, where there shall be one.
    fn is_kubelet_up(&self) -> bool {
        self.kubelet
            .is_none_or(|port| TcpStream::connect((nodes::KUBELET_IP, port)).is_ok())
    }

    /// Pods need a node, and the `ServiceAccount` that they run under if they name none.
    fn until_usable(&self, count: u16, processes: &[Process]) -> Result<(), Failure> {
        self.until(
            "the nodes and the default ServiceAccount to be ready",
            processes,
            || {
                let nodes = self.kubectl(&["get", "nodes", "-o", "json"]).ok();
                let nodes = nodes.and_then(|text| serde_json::from_str(&text).ok());
                nodes.is_some_and(|list| nodes::ready(&list, count))
                    && self.is_kubelet_up()
                    && self
                        .kubectl(&[
                            "get",
                            "serviceaccount/default",
                            "configmap/kube-root-ca.crt",
                        ])
                        .is_ok()
            },
        )
    }

    /// Waits for a condition, but not when a program that is needed for it has ended.
    fn until(
        &self,
        what: &str,
        processes: &[Process],
        condition: impl Fn() -> bool,
    ) -> Result<(), Failure> {
        let left = self.ends.saturating_duration_since(Instant::now());
        let mut failure = None;
        let waited = poll::until(what, left, || {
            if let Some(process) = processes
                .iter()
                .find(|process| process.exit_code().is_some())
            {
                failure = Some(ended(process));
                bail!("a program has ended");
            }
            Ok(condition().then_some(()))
        });
        match (failure, waited) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(Failure::Other(error.context(tails(processes)))),
            (None, Ok(())) => Ok(()),
        }
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut kubectl = self.cluster.kubectl();
        // A server that takes the connection and never answers must not outlast the deadline.
        kubectl.args(arguments).arg("--request-timeout=5s");
        output(kubectl)
    }
}

fn ended(process: &Process) -> Failure {
    let code = process.exit_code().unwrap_or_default();
    let log = process.log_tail(20);
    let full = if log.contains(FULL) {
        "the disk that TMPDIR is on is full: "
    } else {
        ""
    };
    let error = anyhow::anyhow!("{full}{} ended with code {code}:\n{log}", process.name());
    if log.contains(BUSY) {
        Failure::PortTaken(error)
    } else {
        Failure::Other(error)
    }
}

fn tails(processes: &[Process]) -> String {
    let tails = processes
        .iter()
        .map(|p| format!("--- {}\n{}", p.name(), p.log_tail(5)));
    format!(
        "the cluster did not get ready; what its programs said last:\n{}",
        tails.collect::<Vec<_>>().join("\n")
    )
}

/// A kubectl for the cluster in that folder.
pub(super) fn kubectl(tools: &Tools, layout: &Layout) -> Command {
    let mut command = Command::new(tools.path(Tool::Kubectl));
    command
        .env("KUBECONFIG", config::admin(layout))
        .env("KUBECACHEDIR", layout.kubectl_cache())
        // The preferences of the person who runs this must not change what a command does.
        .env("KUBERC", "off")
        .stdin(Stdio::null());
    command
}

/// Runs the command and returns its standard output; its standard error is the error.
pub(super) fn output(mut command: Command) -> Result<String> {
    let output = command.output().context("cannot run kubectl")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_tried_again_and_nothing_else_is() {
        let mut tries = 0;
        let started = retry(|| {
            tries += 1;
            if tries < 3 {
                Err(Failure::PortTaken(anyhow::anyhow!("taken")))
            } else {
                Ok(tries)
            }
        });
        assert_eq!(started.unwrap(), 3);

        let mut tries = 0;
        let failed = retry(|| -> Result<(), Failure> {
            tries += 1;
            Err(Failure::Other(anyhow::anyhow!("broken")))
        });
        assert_eq!(
            (failed.unwrap_err().to_string(), tries),
            ("broken".to_owned(), 1)
        );
    }

    #[test]
    fn a_port_that_is_always_taken_is_said_in_the_end() {
        let error = retry(|| -> Result<(), Failure> {
            Err(Failure::PortTaken(anyhow::anyhow!(
                "address already in use"
            )))
        });
        let error = format!("{:#}", error.unwrap_err());
        assert!(
            error.contains("taken by another program") && error.ends_with("in use"),
            "{error}"
        );
    }
}
