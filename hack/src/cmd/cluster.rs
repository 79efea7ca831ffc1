//! `cargo xtask cluster`: starts and stops clusters that outlive the command, and says what is up.

use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Subcommand;
use hack::cluster::named::{self, Down, Named, Up};
use hack::cluster::{AuditLevel, Cluster, Options, Process};
use hack::shell;

use super::is_closed;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Start a cluster and keep it until `down`; the first time, build its programs
    Up(UpArgs),
    /// Stop the cluster and remove all of it
    Down(Name),
    /// Print what a shell needs to use the cluster: eval "$(cargo xtask cluster env)"
    Env(Name),
    /// Say what runs, where and in which versions; the exit code is 1 unless all of it runs
    Status(Name),
}

#[derive(clap::Args)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    name: Name,
    /// How many nodes
    #[arg(long, default_value_t = 1)]
    nodes: u16,
    /// The API server's port [default: one that is free]
    #[arg(long)]
    port: Option<u16>,
    /// What the audit log says of each request
    #[arg(long, value_enum, default_value_t)]
    audit_policy: AuditLevel,
    /// Let ports of pods be forwarded to what an object of kind `PortForward` (kwok.x-k8s.io/v1alpha1)
    /// of the pod's name says
    #[arg(long)]
    forwards: bool,
    /// Stay, and take the cluster down when this command ends
    #[arg(long)]
    foreground: bool,
}

#[derive(clap::Args)]
pub(crate) struct Name {
    /// The cluster's name
    #[arg(long, default_value = "mainsheet")]
    name: String,
}

impl Verb {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut out = stdout().lock();
        match self {
            Self::Up(args) => up(args, &mut out),
            Self::Down(Name { name }) => down(&name, &mut out),
            Self::Env(Name { name }) => env(&name, &mut out),
            Self::Status(Name { name }) => status(&name, &mut out),
        }
    }
}

fn up(args: UpArgs, out: &mut impl Write) -> Result<ExitCode> {
    let UpArgs {
        name: Name { name },
        nodes,
        port,
        audit_policy: audit,
        forwards,
        foreground,
    } = args;
    let started = Instant::now();
    let options = Options {
        name,
        nodes,
        audit,
        port,
        forwards,
        ..Options::default()
    };
    let name = &options.name;
    match named::up(&options)? {
        Up::Already(named) => writeln!(out, "cluster {name} is already up: {}", named.url)?,
        Up::Started(cluster) if foreground => {
            let announced = announce(name, cluster.url(), started.elapsed(), out);
            // A reader that has heard enough does not end the cluster.
            announced.or_else(|error| {
                if is_closed(&error) {
                    Ok(())
                } else {
                    Err(error)
                }
            })?;
            return hold(&cluster);
        }
        Up::Started(cluster) => {
            let named = cluster.keep(name)?;
            announce(name, &named.url, started.elapsed(), out)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn announce(name: &str, url: &str, took: Duration, out: &mut impl Write) -> io::Result<()> {
    let flag = if name == "mainsheet" {
        String::new()
    } else {
        format!(" --name {name}")
    };
    writeln!(
        out,
        "cluster {name} is up after {:.1} s: {url}",
        took.as_secs_f64()
    )?;
    writeln!(out, "  use it:  eval \"$(cargo xtask cluster env{flag})\"")?;
    writeln!(out, "  end it:  cargo xtask cluster down{flag}")?;
    out.flush()
}

/// Stays while the cluster runs. Ctrl-C ends this process and so the cluster; `down` ends the
/// cluster and so this process.
fn hold(cluster: &Cluster) -> Result<ExitCode> {
    while cluster.dir().is_dir() {
        for process in Process::of(cluster.dir())? {
            if let Some(code) = process.exit_code() {
                bail!(
                    "{} ended with code {code}:\n{}",
                    process.name(),
                    process.log_tail(20)
                );
            }
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(ExitCode::SUCCESS)
}

fn down(name: &str, out: &mut impl Write) -> Result<ExitCode> {
    match named::down(name)? {
        Down::Stopped => writeln!(out, "cluster {name} is down")?,
        Down::Swept => writeln!(out, "cluster {name} had ended; what it left is removed")?,
        Down::None => writeln!(out, "there is no cluster {name}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn env(name: &str, out: &mut impl Write) -> Result<ExitCode> {
    let Some(named) = named::find(name)? else {
        bail!("cluster {name} is not up: start it with cargo xtask cluster up");
    };
    writeln!(
        out,
        "export KUBECONFIG={}",
        shell::quote(&named.kubeconfig.to_string_lossy())
    )?;
    writeln!(
        out,
        "export PATH={}:\"$PATH\"",
        shell::quote(&named.bin_dir.to_string_lossy())
    )?;
    Ok(ExitCode::SUCCESS)
}

fn status(name: &str, out: &mut impl Write) -> Result<ExitCode> {
    let Some(named) = named::find(name)? else {
        writeln!(out, "cluster {name} is not up")?;
        return Ok(ExitCode::FAILURE);
    };
    let processes = named.processes()?;
    let all_run = processes.iter().all(Process::is_running);
    writeln!(
        out,
        "cluster {name} is up{}",
        if all_run { "" } else { ", but not all of it" }
    )?;
    writeln!(out, "  API server  {}", named.url)?;
    writeln!(out, "  kubeconfig  {}", named.kubeconfig.display())?;
    writeln!(out, "  audit log   {}", named.audit().path().display())?;
    for process in processes {
        let state = match (process.pid(), process.exit_code()) {
            (Some(pid), _) => format!("process {pid}"),
            (None, Some(code)) => format!("ended with code {code}"),
            (None, None) => "ended".to_owned(),
        };
        let version = version(&named, process.name());
        writeln!(out, "  {:<24} {version:<10} {state}", process.name())?;
    }
    Ok(if all_run {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The version of one of the cluster's programs; empty for a program that was started beside it.
fn version<'a>(named: &'a Named, process: &str) -> &'a str {
    let found = named.versions.iter().find(|(name, _)| name == process);
    found.map_or("", |(_, version)| version)
}
