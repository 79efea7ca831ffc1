//! `cargo xtask demo`: the main job, from nothing to a Ready mesh, as a newcomer would do it.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hack::cluster::{Cluster, Options};
use hack::{poll, progress};
use serde_json::Value;

const NAMESPACE: &str = "mainsheet-system";
const ACCOUNT: &str = "mainsheet-operator";
const EXAMPLE: &str = "examples/meshinstallation.yaml";
const DEADLINE: Duration = Duration::from_mins(5);

/// Install a mesh on a local cluster, watch it become Ready, break it and change it
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Keep the cluster, and say how to go on with it
    #[arg(long)]
    keep: bool,
    /// Use the cluster of KUBECONFIG instead of starting one; everything but CRDs is removed at the end
    #[arg(long)]
    kubeconfig: bool,
}

/// Where the demo takes place.
struct Stage {
    cluster: Option<Cluster>,
    kubeconfig: PathBuf,
    operator: Option<Child>,
}

impl Args {
    pub(crate) fn run(self) -> Result<ExitCode> {
        ensure!(
            !(self.keep && self.kubeconfig),
            "--keep is for the cluster that the demo starts, not for yours"
        );
        progress::say("building the operator and the command line");
        let words = [
            "build",
            "--quiet",
            "--package",
            "mainsheet",
            "--package",
            "mainsheet-operator",
        ];
        ensure!(
            Command::new("cargo").args(words).status()?.success(),
            "cargo build failed"
        );
        let mut stage = Stage::set(self.kubeconfig)?;
        stage.install_operator()?;
        stage.first_install()?;
        stage.repair()?;
        stage.change_profile()?;
        stage.end(self.keep)?;
        Ok(ExitCode::SUCCESS)
    }
}

// === impl Stage ===

impl Stage {
    fn set(own: bool) -> Result<Self> {
        let (cluster, kubeconfig) = if own {
            let path = std::env::var_os("KUBECONFIG")
                .context("--kubeconfig wants KUBECONFIG to be set")?;
            (None, PathBuf::from(path))
        } else {
            let cluster = Cluster::start(&Options {
                name: "demo".to_owned(),
                ..Options::default()
            })?;
            let kubeconfig = cluster.kubeconfig().to_path_buf();
            (Some(cluster), kubeconfig)
        };
        Ok(Self {
            cluster,
            kubeconfig,
            operator: None,
        })
    }

    fn install_operator(&mut self) -> Result<()> {
        say("The operator: CRDs, an account, rights.");
        shown("mainsheet operator manifests | kubectl apply --server-side -f -");
        let manifests = output(Command::new(binary("mainsheet")?).args(["operator", "manifests"]))?;
        self.kubectl_with(&["apply", "--server-side", "-f", "-"], &manifests)?;
        self.kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd/meshinstallations.mainsheet.dev",
        ])?;
        // There is no image to pull here: the operator runs as a process under its account's token.
        self.kubectl(&[
            "-n",
            NAMESPACE,
            "scale",
            "deployment",
            ACCOUNT,
            "--replicas=0",
        ])?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(binary("mainsheet-operator")?);
        command.args([
            "--admin-address",
            &format!("127.0.0.1:{port}"),
            "--namespace",
            NAMESPACE,
        ]);
        command.args(["--identity", "demo"]);
        if let Some(cluster) = &self.cluster {
            let kubeconfig = cluster.dir().join("operator.kubeconfig");
            cluster.service_account_kubeconfig(NAMESPACE, ACCOUNT, &kubeconfig)?;
            cluster.spawn("operator", command.env("KUBECONFIG", kubeconfig))?;
        } else {
            command
                .env("KUBECONFIG", &self.kubeconfig)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            self.operator = Some(command.spawn()?);
        }
        Ok(())
    }

    fn first_install(&self) -> Result<()> {
        say("A mesh, as anybody would ask for one.");
        let example = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../examples/meshinstallation.yaml"
        );
        shown(&format!("cat {EXAMPLE}"));
        print(&std::fs::read_to_string(example)?);
        shown(&format!("kubectl apply -f {EXAMPLE}"));
        print(&self.kubectl(&["apply", "-f", example])?);
        self.follow()?;
        shown("kubectl get mi,mrev");
        print(&self.kubectl(&["get", "mi,mrev"])?);
        shown("kubectl -n istio-system get deployments,services");
        print(&self.kubectl(&["-n", "istio-system", "get", "deployments,services"])?);
        Ok(())
    }

    fn repair(&self) -> Result<()> {
        say("Somebody edits what the operator keeps.");
        let edit = [
            "-n",
            "istio-system",
            "patch",
            "service",
            "istiod",
            "--type=json",
        ];
        let patch = r#"[{"op":"replace","path":"/spec/ports/0/name","value":"mine"}]"#;
        shown(&format!("kubectl {} -p='{patch}'", edit.join(" ")));
        print(&self.kubectl(&[&edit[..], &["-p", patch]].concat())?);
        let started = Instant::now();
        let look = [
            "-n",
            "istio-system",
            "get",
            "service",
            "istiod",
            "-o",
            "jsonpath={.spec.ports[0].name}",
        ];
        poll::until("the repair", DEADLINE, || {
            Ok((self.kubectl(&look)? == "grpc-xds").then_some(()))
        })?;
        shown(&format!("kubectl {}", look.join(" ")));
        print(&format!(
            "grpc-xds     (seen to be back {} ms after the edit)\n",
            started.elapsed().as_millis()
        ));
        Ok(())
    }

    fn change_profile(&self) -> Result<()> {
        say("The profile is changed from minimal to demo.");
        let patch = r#"{"spec":{"profile":"demo"}}"#;
        shown(&format!("kubectl patch mi mesh --type=merge -p='{patch}'"));
        print(&self.kubectl(&["patch", "mi", "mesh", "--type=merge", "-p", patch])?);
        self.follow()?;
        shown(
            "kubectl get mi mesh -o jsonpath={.status.plan}     # what was carried out, in numbers of objects",
        );
        print(&format!(
            "{}\n",
            self.kubectl(&["get", "mi", "mesh", "-o", "jsonpath={.status.plan}"])?
        ));
        shown("kubectl get mi,mrev");
        print(&self.kubectl(&["get", "mi,mrev"])?);
        Ok(())
    }

    /// Prints each new word of the status until it is Ready.
    fn follow(&self) -> Result<()> {
        let started = Instant::now();
        let mut last = String::new();
        poll::until("Ready", DEADLINE, || {
            let mi: Value =
                serde_json::from_str(&self.kubectl(&["get", "mi", "mesh", "-o", "json"])?)?;
            let said = words(&mi);
            if said != last && !said.is_empty() {
                print(&format!(
                    "{:>7.1} s  {said}\n",
                    started.elapsed().as_secs_f32()
                ));
                last = said;
            }
            let stalled = condition(&mi, "Stalled").is_some();
            ensure!(!stalled, "the installation is stalled: {last}");
            let observed = mi["status"]["observedGeneration"] == mi["metadata"]["generation"];
            let ready = condition(&mi, "Ready").is_some_and(|c| c["status"] == "True");
            Ok((observed && ready).then_some(()))
        })
    }

    fn end(mut self, keep: bool) -> Result<()> {
        if keep {
            let cluster = self.cluster.take().context("there is no cluster to keep")?;
            cluster.keep("demo")?;
            say("The cluster stays, with the operator. Go on with:");
            print(
                "  eval \"$(cargo xtask cluster env --name demo)\"\n  kubectl get mi,mrev\n  cargo xtask cluster down --name demo\n",
            );
            return Ok(());
        }
        say("Everything is removed again.");
        shown("kubectl delete mi mesh");
        print(&self.kubectl(&["delete", "mi", "mesh", "--timeout=120s"])?);
        if let Some(mut operator) = self.operator.take() {
            self.kubectl(&["delete", "namespace", NAMESPACE, "--wait=false"])?;
            operator.kill()?;
            operator.wait()?;
        }
        Ok(())
    }

    fn kubectl(&self, words: &[&str]) -> Result<String> {
        output(self.command().args(words)).with_context(|| format!("kubectl {}", words.join(" ")))
    }

    fn kubectl_with(&self, words: &[&str], input: &str) -> Result<()> {
        let mut child = self
            .command()
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        child
            .stdin
            .take()
            .context("kubectl has no input")?
            .write_all(input.as_bytes())?;
        ensure!(
            child.wait()?.success(),
            "kubectl {} failed",
            words.join(" ")
        );
        Ok(())
    }

    fn command(&self) -> Command {
        self.cluster
            .as_ref()
            .map_or_else(|| Command::new("kubectl"), Cluster::kubectl)
    }
}

fn condition<'a>(mi: &'a Value, kind: &str) -> Option<&'a Value> {
    mi["status"]["conditions"]
        .as_array()?
        .iter()
        .find(|c| c["type"] == kind)
}

/// What the status says now: the phase, and each component with its pods.
fn words(mi: &Value) -> String {
    if mi["status"]["observedGeneration"] != mi["metadata"]["generation"] {
        return String::new();
    }
    let Some(ready) = condition(mi, "Ready") else {
        return String::new();
    };
    let components = mi["status"]["components"].as_array().into_iter().flatten();
    let pods: Vec<String> = components
        .map(|c| {
            format!(
                "{} {}/{}",
                c["name"].as_str().unwrap_or("?"),
                c["ready"],
                c["desired"]
            )
        })
        .collect();
    let message = ready["message"].as_str().unwrap_or_default();
    if pods.is_empty() {
        message.to_owned()
    } else {
        format!("{message}  [{}]", pods.join(", "))
    }
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A binary of this workspace, beside this program.
fn binary(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this
        .parent()
        .map(Path::to_path_buf)
        .context("this program is in no folder")?;
    Ok(folder.join(name))
}

fn say(text: &str) {
    print(&format!("\n# {text}\n"));
}

fn shown(command: &str) {
    print(&format!("$ {command}\n"));
}

/// A closed pipe is nobody's failure.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
