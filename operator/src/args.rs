//! What the operator is told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// The Mainsheet operator: keeps every MeshInstallation of a cluster as it is wanted.
#[derive(Clone, Debug, Parser)]
#[command(name = "mainsheet-operator", version)]
pub struct Args {
    /// Kubeconfig file; without one, the ServiceAccount of the pod.
    #[arg(long, env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// Address of /livez, /readyz and /metrics.
    #[arg(long, env = "MAINSHEET_ADMIN_ADDRESS", default_value = "0.0.0.0:8080")]
    pub admin_address: SocketAddr,
    /// Namespace of the leader election Lease.
    #[arg(long, env = "POD_NAMESPACE", default_value = "mainsheet-system")]
    pub namespace: String,
    /// Name under which this process holds the Lease; of two processes with one name, only one may
    /// ever run (the name of the pod is such a name).
    #[arg(long, env = "POD_NAME")]
    pub identity: Option<String>,
    /// Work without a Lease. Only for a single operator that nothing starts twice.
    #[arg(long)]
    pub no_leader_election: bool,
    /// Least important messages that are written.
    #[arg(long, env = "MAINSHEET_LOG_LEVEL", value_enum, default_value = "info")]
    pub log_level: LogLevel,
    /// How messages are written.
    #[arg(long, env = "MAINSHEET_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// Importance of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What went wrong for good.
    Error,
    /// What went wrong and is tried again.
    Warn,
    /// What was done.
    Info,
    /// What was thought.
    Debug,
    /// Everything.
    Trace,
}

/// Shape of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}
