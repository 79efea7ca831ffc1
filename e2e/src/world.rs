//! A cluster with the operator in it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use hack::cluster::{Cluster, Options, Process};
use hack::poll;
use serde_json::{Value, json};

use crate::check::{self, Requests};
use crate::feed::fed;
use crate::{Injector, namespace};

/// How long anything may take before a test fails.
pub const DEADLINE: Duration = Duration::from_mins(1);
/// The operator's namespace.
const NAMESPACE: &str = "mainsheet-system";
/// The operator's ServiceAccount.
const ACCOUNT: &str = "mainsheet-operator";

/// A cluster in which the operator is installed.
pub struct World {
    cluster: Cluster,
    kubeconfig: PathBuf,
}

/// A running operator.
pub struct Operator {
    process: Process,
    admin: String,
    audit: hack::audit::Log,
}

impl World {
    /// Starts a cluster and installs the operator: CRDs, identity and rights, but no process yet.
    pub fn new(name: &str) -> Result<Self> {
        let world = Self::bare(name)?;
        world.install_operator()?;
        Ok(world)
    }

    /// A cluster that has never seen Mainsheet.
    pub fn bare(name: &str) -> Result<Self> {
        Self::on(&Options {
            name: name.to_owned(),
            ..Options::default()
        })
    }

    /// The same as [`World::new`], with nodes that forward ports of pods as [`Cluster::forward`] says.
    pub fn forwarding(name: &str) -> Result<Self> {
        let world = Self::on(&Options {
            name: name.to_owned(),
            forwards: true,
            ..Options::default()
        })?;
        world.install_operator()?;
        Ok(world)
    }

    fn on(options: &Options) -> Result<Self> {
        let cluster = Cluster::start(options)?;
        let kubeconfig = cluster.dir().join("operator.kubeconfig");
        Ok(Self {
            cluster,
            kubeconfig,
        })
    }

    /// Installs the operator: CRDs, identity and rights, but no process yet.
    pub fn install_operator(&self) -> Result<()> {
        let manifests = text(self.mainsheet(&["operator", "manifests"]).output()?)?;
        self.apply_large(&manifests)?;
        self.kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd/meshinstallations.mainsheet.dev",
            "crd/meshrevisions.mainsheet.dev",
        ])?;
        self.cluster
            .service_account_kubeconfig(NAMESPACE, ACCOUNT, &self.kubeconfig)
    }

    /// Starts the operator and waits until it has everything in sight.
    pub fn start_operator(&self) -> Result<Operator> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let admin = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary("mainsheet-operator")?);
        command
            .args([
                "--admin-address",
                &admin,
                "--namespace",
                NAMESPACE,
                "--identity",
                "e2e",
            ])
            .args(["--log-level", "debug"])
            .env("KUBECONFIG", &self.kubeconfig);
        let process = self.cluster.spawn("operator", &command)?;
        let operator = Operator {
            process,
            admin,
            audit: self.cluster.audit(),
        };
        poll::until("the operator to be ready", DEADLINE, || {
            ensure!(
                operator.process.is_running(),
                "the operator ended: {}",
                self.operator_log()
            );
            let metrics = operator
                .get("/metrics")
                .map(|(_, body)| body)
                .unwrap_or_default();
            Ok(metrics.contains("mainsheet_leader 1\n").then_some(()))
        })?;
        Ok(operator)
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The command line, as a user who may do everything.
    pub fn mainsheet(&self, words: &[&str]) -> Command {
        // A missing binary shows when the command is run, with its path.
        let path = binary("mainsheet").unwrap_or_else(|_| PathBuf::from("mainsheet"));
        let mut command = Command::new(path);
        command
            .args(words)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .stdin(Stdio::null());
        command
    }

    /// What kubectl answers; a failure of kubectl is an error with its words.
    pub fn kubectl(&self, words: &[&str]) -> Result<String> {
        text(self.cluster.kubectl().args(words).output()?)
            .with_context(|| format!("kubectl {words:?}"))
    }

    /// What kubectl answers, as JSON.
    pub fn json(&self, words: &[&str]) -> Result<Value> {
        let answer = self.kubectl(&[words, &["-o", "json"]].concat())?;
        serde_json::from_str(&answer).with_context(|| format!("kubectl {words:?}"))
    }

    /// Applies documents as most users do, and gives kubectl's output and errors.
    pub fn try_apply(&self, documents: &str) -> Result<Output> {
        self.kubectl_apply(&["apply", "-f", "-"], documents)
    }

    /// Applies documents too large for the annotation that `kubectl apply` leaves otherwise.
    pub fn apply_large(&self, documents: &str) -> Result<String> {
        text(self.kubectl_apply(&["apply", "--server-side", "-f", "-"], documents)?)
    }

    /// Applies documents as another tool that applies server-side, with its field manager.
    pub fn apply_as(&self, documents: &str, manager: &str) -> Result<String> {
        let manager = format!("--field-manager={manager}");
        let words = [
            "apply",
            "--server-side",
            "--force-conflicts",
            &manager,
            "-f",
            "-",
        ];
        text(self.kubectl_apply(&words, documents)?)
    }

    fn kubectl_apply(&self, words: &[&str], documents: &str) -> Result<Output> {
        fed(self.cluster.kubectl().args(words), documents)
    }

    /// Applies documents; a refusal is an error with kubectl's words, and so is a warning.
    pub fn apply(&self, documents: &str) -> Result<String> {
        let output = self.try_apply(documents)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!said.contains("Warning"), "kubectl apply warns: {said}");
        text(output)
    }

    /// An installation as it is.
    pub fn installation(&self, name: &str) -> Result<Value> {
        self.json(&["get", "meshinstallation", name])
    }

    /// Waits until an installation is as asked, and gives it; in vain, the error shows its status
    /// and the operator's last words.
    pub fn wait(&self, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        self.wait_for(name, DEADLINE, what, is)
    }

    /// The same, for what takes longer.
    pub fn wait_for(
        &self,
        name: &str,
        deadline: Duration,
        what: &str,
        is: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let mut last = Value::Null;
        let result = poll::until(what, deadline, || {
            last = self.installation(name)?;
            Ok(is(&last).then(|| last.clone()))
        });
        result.with_context(|| {
            format!(
                "status: {:#}\noperator:\n{}",
                last["status"],
                self.operator_log()
            )
        })
    }

    /// Waits until an installation is Ready for the spec that it has.
    pub fn wait_ready(&self, name: &str) -> Result<Value> {
        self.wait(name, "Ready", check::is_ready)
    }

    /// Waits until an installation is Stalled for the spec that it has, and gives the message.
    pub fn wait_stalled(&self, name: &str) -> Result<String> {
        let found = self.wait(name, "Stalled", |mi| {
            check::condition(mi, "Stalled").is_some() && check::is_observed(mi)
        })?;
        let message = check::condition(&found, "Stalled").and_then(|c| c["message"].as_str());
        Ok(message.unwrap_or_default().to_owned())
    }

    /// Installs the smallest mesh, whose pods this injector is asked about as control plane `one`, and
    /// a namespace `shop` that asks for it. Gives the `MeshInstallation` as it was applied.
    pub fn set_up_injection(&self, injector: &Injector) -> Result<Value> {
        injector.marks("one", "default");
        let mesh = json!({
            "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
            "metadata": {"name": "mesh"},
            "spec": {"profile": "minimal", "values": injector.values("one")},
        });
        self.apply(&mesh.to_string())?;
        self.wait_ready("mesh")?;
        self.apply(&namespace("shop", &[("istio-injection", "enabled")]).to_string())?;
        Ok(mesh)
    }

    /// Gives istiod an image that is not wanted, as somebody with kubectl would.
    pub fn set_another_image(&self) -> Result<()> {
        let image = "discovery=example.com/other";
        let words = ["set", "image", "deployment/istiod", image];
        self.kubectl(&[&words[..], &["-n", "istio-system"]].concat())
            .map(|_| ())
    }

    /// Deletes an installation and waits until it is gone.
    pub fn delete(&self, name: &str) -> Result<()> {
        self.kubectl(&["delete", "meshinstallation", name, "--timeout=60s"])
            .map(|_| ())
    }

    /// What the operator has asked of the API server since the mark.
    pub fn requests(&self, since: hack::audit::Mark) -> Result<Requests> {
        Ok(by_operator(self.cluster.audit().since(since)?))
    }

    /// When the first write of a resource since the mark was answered, whoever made it.
    pub fn first_seen(&self, since: hack::audit::Mark, resource: &str) -> Result<jiff::Timestamp> {
        let entries = self.cluster.audit().since(since)?;
        let first = entries
            .iter()
            .find(|e| e.is_write() && e.resource == resource);
        Ok(first
            .with_context(|| format!("nobody wrote {resource}"))?
            .stage_timestamp)
    }

    /// The end of the audit log as it is now.
    pub fn mark(&self) -> Result<hack::audit::Mark> {
        self.cluster.audit().mark()
    }

    fn operator_log(&self) -> String {
        self.cluster
            .process("operator")
            .map_or_else(|_| "not started".to_owned(), |p| p.log_tail(30))
    }
}

impl Operator {
    /// Ends it as [`Operator::end`] does, and looks whether it had [manners](Requests::manners).
    pub fn stop(self) -> Result<()> {
        let audit = self.audit.clone();
        self.end()?;
        by_operator(audit.entries()?).manners()
    }

    /// Ends it as Kubernetes does, and waits until it has ended; the exit code must be 0.
    pub fn end(self) -> Result<()> {
        self.process.terminate()?;
        let code = self.process.wait(DEADLINE)?;
        ensure!(
            code == 0,
            "the operator ended with {code}: {}",
            self.process.log_tail(30)
        );
        Ok(())
    }

    /// Ends it as a failing node does.
    pub fn kill(self) -> Result<()> {
        self.process.kill()?;
        self.process.wait(DEADLINE).map(|_| ())
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// What a path of its admin port answers: status code and body.
    pub fn get(&self, path: &str) -> Result<(u16, String)> {
        get(&self.admin, path)
    }

    /// Processor time so far, in the kernel's steps of 10 ms.
    pub fn cpu(&self) -> Result<Duration> {
        let pid = self.process.pid().context("the operator does not run")?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field is the name in parentheses, which may hold spaces.
        let rest = stat.rsplit_once(')').context("no process name")?.1;
        let ticks = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>);
        let ticks: u64 = ticks.collect::<Result<Vec<_>, _>>()?.iter().sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Resident memory in KiB: now, and at most so far.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let pid = self.process.pid().context("the operator does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| -> Result<u64> {
            let line = status
                .lines()
                .find(|line| line.starts_with(name))
                .context("no such field")?;
            Ok(line
                .split_whitespace()
                .nth(1)
                .context("no number")?
                .parse()?)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }
}

/// The requests that came from the operator.
fn by_operator(entries: Vec<hack::audit::Entry>) -> Requests {
    let mut entries = entries;
    entries.retain(|e| e.is_by_service_account(NAMESPACE, ACCOUNT));
    Requests::of(entries)
}

/// What a server on this machine answers to a GET: status code and body. By HTTP/1.0, in which the
/// body is not sent in chunks.
pub fn get(address: &str, path: &str) -> Result<(u16, String)> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    let code = head
        .split_whitespace()
        .nth(1)
        .context("no status line")?
        .parse()?;
    Ok((code, body.to_owned()))
}

fn text(output: Output) -> Result<String> {
    if !output.status.success() {
        bail!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A binary of this workspace, beside the program that runs this.
pub fn binary(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let mut folders = this.ancestors().skip(1).take(2).map(Path::to_path_buf);
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()));
    found.with_context(|| {
        format!("{name} is not built: cargo build -p mainsheet -p mainsheet-operator")
    })
}
