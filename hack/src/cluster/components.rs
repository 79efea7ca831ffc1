//! The command lines of a cluster's programs. Everything listens on loopback, or not at all.

use std::path::Path;
use std::process::Command;

use super::layout::Layout;
use super::{forward, nodes};
use crate::tools::{Tool, Tools};

/// etcd's addresses: sockets in the cluster's folder, which its programs run in. No other user of
/// the machine gets at them, and no other cluster's API server can meet this etcd on a port that
/// changed hands.
const ETCD: &str = "unix://etcd.sock:0";
const ETCD_PEERS: &str = "unix://etcd-peers.sock:0";

/// What the command lines are made of.
#[derive(Clone, Copy)]
pub(super) struct Components<'a> {
    pub(super) tools: &'a Tools,
    pub(super) layout: &'a Layout,
    /// The API server's.
    pub(super) port: u16,
    /// That of the nodes' kubelet, which is kwok, where ports of pods can be forwarded.
    pub(super) node_port: Option<u16>,
}

impl Components<'_> {
    pub(super) fn etcd(&self) -> Command {
        let mut command = self.command(Tool::Etcd);
        command
            .arg(flag("data-dir", self.layout.etcd_data()))
            .arg(format!("--listen-client-urls={ETCD}"))
            .arg(format!("--advertise-client-urls={ETCD}"))
            .arg(format!("--listen-peer-urls={ETCD_PEERS}"))
            // The data is thrown away with the cluster, so it need not survive the machine.
            .arg("--unsafe-no-fsync")
            .arg("--log-level=warn");
        command
    }

    pub(super) fn apiserver(&self) -> Command {
        let layout = self.layout;
        let mut command = self.command(Tool::KubeApiserver);
        command
            .arg(format!("--etcd-servers={ETCD}"))
            .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
            .arg(format!("--secure-port={}", self.port))
            .arg(flag("tls-cert-file", layout.certificate("apiserver")))
            .arg(flag("tls-private-key-file", layout.key("apiserver")))
            .arg(flag("client-ca-file", layout.ca()))
            .arg("--service-account-issuer=https://kubernetes.default.svc")
            .arg(flag(
                "service-account-signing-key-file",
                layout.key("service-accounts"),
            ))
            .arg(flag(
                "service-account-key-file",
                layout.certificate("service-accounts"),
            ))
            .arg("--service-cluster-ip-range=10.96.0.0/16")
            .arg("--authorization-mode=Node,RBAC")
            // Node agents of a mesh run privileged.
            .arg("--allow-privileged=true")
            // One API server on loopback must not become the endpoint of the service `kubernetes`.
            .arg("--endpoint-reconciler-type=none")
            // Nodes that can be asked have the first; the second is found nowhere, and at once.
            .arg("--kubelet-preferred-address-types=ExternalIP,Hostname")
            .arg(flag("audit-policy-file", layout.audit_policy()))
            .arg(flag("audit-log-path", layout.audit_log()))
            // In MiB: a log in one piece is simpler to read than one that was rotated at 100 MiB.
            .arg("--audit-log-maxsize=1048576");
        command
    }

    pub(super) fn controller_manager(&self) -> Command {
        let layout = self.layout;
        let mut command = self.client(Tool::KubeControllerManager, "controller-manager");
        command
            .args(["--leader-elect=false", "--secure-port=0"])
            // The default of 20 requests a second makes its start take seconds.
            .args(["--kube-api-qps=1000", "--kube-api-burst=1000"])
            .arg("--use-service-account-credentials=true")
            .arg(flag(
                "service-account-private-key-file",
                layout.key("service-accounts"),
            ))
            .arg(flag("root-ca-file", layout.ca()))
            .arg(flag("cluster-signing-cert-file", layout.ca()))
            .arg(flag("cluster-signing-key-file", layout.key("ca")));
        command
    }

    pub(super) fn scheduler(&self) -> Command {
        let mut command = self.client(Tool::KubeScheduler, "scheduler");
        command.args(["--leader-elect=false", "--secure-port=0"]);
        command
    }

    pub(super) fn kwok(&self) -> Command {
        let mut command = self.client(Tool::Kwok, "kwok");
        command
            .arg(flag("config", self.layout.stages()))
            .arg("--manage-all-nodes=true")
            .arg(format!("--node-ip={}", nodes::NODE_IP))
            .arg(format!("--cidr={}", nodes::POD_CIDR))
            // Its leases are what keeps the nodes alive.
            .arg("--node-lease-duration-seconds=40");
        if let Some(port) = self.node_port {
            command
                .arg(format!("--server-address={}:{port}", nodes::KUBELET_IP))
                .arg(format!("--node-port={port}"))
                .arg(format!("--enable-crds={}", forward::KIND));
        }
        command
    }

    fn client(&self, tool: Tool, name: &str) -> Command {
        let mut command = self.command(tool);
        command.arg(flag("kubeconfig", self.layout.kubeconfig(name)));
        command
    }

    /// No program shall find settings of the person who runs it.
    fn command(&self, tool: Tool) -> Command {
        let mut command = Command::new(self.tools.path(tool));
        command.current_dir(self.layout.dir());
        command
            .env("HOME", self.layout.dir())
            .env_remove("KUBECONFIG");
        command
    }
}

fn flag(name: &str, path: impl AsRef<Path>) -> String {
    format!("--{name}={}", path.as_ref().display())
}
