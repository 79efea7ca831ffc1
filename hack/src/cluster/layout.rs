//! Where each file of a cluster lies in its folder.

use std::path::{Path, PathBuf};

/// The folder of one cluster.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    dir: PathBuf,
}

impl Layout {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.certificate("ca")
    }

    /// The public half of a key: a certificate, or for the `ServiceAccount`s' tokens the bare key.
    pub(super) fn certificate(&self, name: &str) -> PathBuf {
        self.dir.join("pki").join(format!("{name}.crt"))
    }

    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.dir.join("pki").join(format!("{name}.key"))
    }

    /// The kubeconfig of a client of the cluster, by name.
    pub(super) fn kubeconfig(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.kubeconfig"))
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.dir.join("audit.log")
    }

    pub(super) fn audit_policy(&self) -> PathBuf {
        self.dir.join("audit-policy.json")
    }

    pub(super) fn stages(&self) -> PathBuf {
        self.dir.join("stages.yaml")
    }

    pub(super) fn nodes(&self) -> PathBuf {
        self.dir.join("nodes.json")
    }

    pub(super) fn forwards(&self) -> PathBuf {
        self.dir.join("forwards.json")
    }

    /// `stages.yaml` names it.
    pub(super) fn pod_logs(&self) -> PathBuf {
        self.dir.join("pods.log")
    }

    pub(super) fn etcd_data(&self) -> PathBuf {
        self.dir.join("etcd")
    }

    /// The socket behind etcd's address, which names it relative to the folder.
    pub(super) fn etcd_socket(&self) -> PathBuf {
        self.dir.join("etcd.sock:0")
    }

    pub(super) fn kubectl_cache(&self) -> PathBuf {
        self.dir.join("kubectl-cache")
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}
