//! `cargo xtask cluster` as a program: its life cycle, and what is left after its death, which has
//! to be nothing.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use std::os::unix::process::CommandExt;

use hack::{poll, shell};

const DEADLINE: Duration = Duration::from_mins(1);

/// One cluster's command line, with a folder of its own for temporary files.
struct Xtask {
    name: String,
    temp: PathBuf,
}

impl Xtask {
    fn new(test: &str) -> Self {
        let temp = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&temp).unwrap();
        Self {
            name: format!("{test}-{}", std::process::id()),
            temp,
        }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hack"));
        command
            .args(["cluster", verb, "--name", &self.name])
            .env("TMPDIR", &self.temp);
        command
    }

    fn run(&self, verb: &str) -> (bool, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(verb).output().unwrap();
        (
            status.success(),
            String::from_utf8([stdout, stderr].concat()).unwrap(),
        )
    }

    /// Starts a cluster in the foreground of a process group of its own, as a terminal does.
    fn foreground(&self) -> Child {
        let mut command = self.command("up");
        command
            .arg("--foreground")
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn await_up(&self) {
        poll::until("the cluster", DEADLINE, || {
            Ok(self.run("status").0.then_some(()))
        })
        .unwrap();
    }

    /// Waits until a program of the cluster runs, however far the start is otherwise.
    fn await_program(&self, file: &str) {
        let there = || {
            let mut clusters = fs::read_dir(&self.temp)?;
            Ok(clusters
                .any(|dir| dir.is_ok_and(|dir| dir.path().join(file).exists()))
                .then_some(()))
        };
        poll::until(file, DEADLINE, there).unwrap();
    }

    /// Everything has this test's folder for temporary files in its command line.
    fn processes(&self) -> Vec<String> {
        let output = Command::new("ps")
            .args(["-A", "-o", "args="])
            .output()
            .unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let temp = self.temp.to_str().unwrap();
        lines
            .lines()
            .filter(|line| line.contains(temp))
            .map(str::to_owned)
            .collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.temp)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect()
    }

    fn assert_nothing_is_left(&self) {
        let gone = || Ok((self.processes().is_empty() && self.files().is_empty()).then_some(()));
        let waited = poll::until("nothing to be left", DEADLINE, gone);
        assert!(waited.is_ok(), "{:?} {:?}", self.processes(), self.files());
    }
}

#[test]
fn up_down_env_and_status_agree() {
    let xtask = Xtask::new("agree");
    assert_eq!(
        xtask.run("status"),
        (false, format!("cluster {} is not up\n", xtask.name))
    );
    assert_eq!(
        xtask.run("down"),
        (true, format!("there is no cluster {}\n", xtask.name))
    );
    let (success, text) = xtask.run("env");
    assert!(!success && text.contains("not up"), "{text}");

    // Nobody listens to what it says.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(
        xtask
            .command("up")
            .stdout(writer)
            .status()
            .unwrap()
            .success()
    );
    let (success, text) = xtask.run("up");
    assert!(success && text.contains("already up"), "{text}");

    let (success, text) = xtask.run("status");
    assert!(success && text.contains("kube-scheduler"), "{text}");
    let (success, env) = xtask.run("env");
    assert!(success, "{env}");
    let script = format!("{env}\nkubectl get nodes -o name --cache-dir=\"$0\"");
    let cache = xtask.files()[0].join("kubectl-cache");
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(cache)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "node/node-1\n");

    let (success, text) = xtask.run("down");
    assert!(success && text.ends_with("is down\n"), "{text}");
    // `down` returns when all is gone, so there is nothing to wait for.
    assert_eq!((xtask.processes(), xtask.files()), (vec![], vec![]));
    assert!(!xtask.run("status").0);
}

#[test]
fn a_killed_command_leaves_nothing() {
    let xtask = Xtask::new("killed");
    let mut child = xtask.foreground();
    xtask.await_up();
    assert!(
        xtask
            .processes()
            .iter()
            .any(|line| line.contains("kube-apiserver"))
    );
    child.kill().unwrap();
    child.wait().unwrap();
    xtask.assert_nothing_is_left();
    assert!(!xtask.run("status").0);
    assert_eq!(
        xtask.run("down").1,
        format!(
            "cluster {} had ended; what it left is removed\n",
            xtask.name
        )
    );
}

#[test]
fn ctrl_c_and_kill_in_the_middle_of_the_start_leave_nothing() {
    let xtask = Xtask::new("starting");
    for (name, program) in [
        ("INT", "run/etcd.pid"),
        ("KILL", "run/kube-apiserver.pid"),
        ("TERM", "run"),
    ] {
        let mut child = xtask.foreground();
        xtask.await_program(program);
        assert!(shell::signal_group(name, child.id()).unwrap());
        assert!(!child.wait().unwrap().success());
        xtask.assert_nothing_is_left();
    }
}

#[test]
fn a_busy_port_is_named() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let xtask = Xtask::new("busy");
    let output = xtask
        .command("up")
        .args(["--port", &port])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains(&port) && text.contains("free it"),
        "{text}"
    );
    xtask.assert_nothing_is_left();
}
