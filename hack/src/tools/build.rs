//! Builds the programs that are missing, one after the other, each in place only when it is whole.
//!
//! A lock file keeps two processes from building at once; each program is written beside its place
//! and renamed, so that an interrupted build costs at most the program it was at.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::{Set, Tool};
use crate::progress::{Step, say};

/// The flags of every build, the same whatever machine builds.
pub(super) const FLAGS: [&str; 3] = ["build", "-trimpath", "-mod=readonly"];

/// The variables in which Kubernetes' programs keep their version, which its own makefile fills
/// likewise.
const VERSION_VARIABLES: [&str; 2] = [
    "k8s.io/component-base/version",
    "k8s.io/client-go/pkg/version",
];

/// What Go says where it cannot fetch modules.
const NO_MODULES: [&str; 3] = ["dial tcp", "module lookup disabled", "connection refused"];

/// Builds what `dir` lacks of a set of programs, except for those that come from elsewhere.
pub(super) fn missing(set: &Set, dir: &Path, elsewhere: impl Fn(Tool) -> bool) -> Result<()> {
    let absent = || -> Vec<Tool> {
        let wanted = set.tools.iter().copied().filter(|tool| !elsewhere(*tool));
        wanted
            .filter(|tool| !dir.join(tool.name()).is_file())
            .collect()
    };
    if absent().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(dir).with_context(|| no_place(dir))?;
    let _lock = lock(dir)?;
    let todo = absent();
    if !todo.is_empty() {
        say(set.notice);
    }
    for (index, tool) in todo.iter().enumerate() {
        build(
            *tool,
            dir,
            &format!("building {} ({} of {})", tool.name(), index + 1, todo.len()),
        )?;
    }
    Ok(())
}

fn no_place(dir: &Path) -> String {
    format!(
        "cannot write to {}: set XDG_CACHE_HOME to a folder that can be written to",
        dir.display()
    )
}

/// The lock ends with the returned file, and so with the process, whatever way it ends.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(".lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| no_place(dir))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            say("another process builds these programs; waiting for it");
            file.lock()
                .with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Err(fs::TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    Ok(file)
}

fn build(tool: Tool, dir: &Path, what: &str) -> Result<()> {
    let partial = dir.join(format!(".{}.partial", tool.name()));
    let child = go(tool, &partial)?.spawn().map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            anyhow!(
                "Go is not installed, and the programs that tests run are built with it: \
                 install Go 1.26 or newer (https://go.dev/doc/install) and run this again"
            )
        } else {
            anyhow!(error).context("cannot run go")
        }
    })?;
    let mut step = Step::begin(what);
    let (status, output) = watch(child, || step.tick())?;
    if !status.success() {
        step.end("failed");
        // The build's own failure is what matters; the next build overwrites what is left.
        let _ = fs::remove_file(&partial);
        bail!("{} could not be built: {}", tool.name(), explain(&output));
    }
    fs::rename(&partial, dir.join(tool.name())).with_context(|| no_place(dir))?;
    step.end("done");
    Ok(())
}

fn go(tool: Tool, output: &Path) -> Result<Command> {
    let mut command = Command::new("go");
    command
        .args(FLAGS)
        .args(["-tags", tool.set().tags])
        .arg("-ldflags")
        .arg(linker_flags(Tool::KubeApiserver.version()?))
        .arg("-o")
        .arg(output)
        .arg(tool.package())
        .current_dir(tool.set().source)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        // A cross-compiling environment must not reach what is to run here.
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    Ok(command)
}

fn linker_flags(version: &str) -> String {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or("0"), numbers.next().unwrap_or("0"));
    let stamps = VERSION_VARIABLES.map(|package| {
        format!(
            "-X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
        )
    });
    format!("-s -w {}", stamps.join(" "))
}

/// Waits for the child, calling `tick` meanwhile. Returns how it ended and what it wrote to
/// standard error.
fn watch(mut child: Child, mut tick: impl FnMut()) -> Result<(ExitStatus, String)> {
    let mut stderr = child
        .stderr
        .take()
        .context("standard error of go is not piped")?;
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr
            .read_to_end(&mut bytes)
            .map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    while !reader.is_finished() {
        tick();
        thread::sleep(Duration::from_millis(100));
    }
    let status = child.wait().context("cannot wait for go")?;
    let output = reader
        .join()
        .map_err(|_| anyhow!("the reader of go's messages panicked"))?;
    Ok((status, output.context("cannot read go's messages")?))
}

/// The end of Go's messages, with what to do about the usual causes before it.
fn explain(output: &str) -> String {
    let advice = if output.contains("no space left on device") {
        "the disk is full: the build needs about 6 GiB for Go's caches (GOCACHE, GOMODCACHE) and 0.5 GiB for the programs"
    } else if output.contains("permission denied") {
        "a folder cannot be written to: see GOCACHE, GOMODCACHE and XDG_CACHE_HOME"
    } else if output.contains("requires go >=") {
        "this Go is too old: install Go 1.26 or newer, or allow it to fetch one with GOTOOLCHAIN=auto"
    } else if NO_MODULES.iter().any(|words| output.contains(words)) {
        "the Go modules cannot be fetched: see the network and GOPROXY"
    } else {
        "go says"
    };
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| !line.starts_with("go: downloading"))
        .collect();
    let tail = &lines[lines.len().saturating_sub(15)..];
    format!("{advice}:\n{}", tail.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::CLUSTER;
    use super::*;

    #[test]
    fn versions_are_stamped_as_kubernetes_reads_them() {
        let flags = linker_flags("v1.36.4");
        assert!(
            flags.contains("k8s.io/component-base/version.gitVersion=v1.36.4"),
            "{flags}"
        );
        assert!(
            flags.contains("k8s.io/client-go/pkg/version.gitMinor=36"),
            "{flags}"
        );
    }

    #[test]
    fn a_full_disk_is_said_before_what_go_says() {
        let output = "go: downloading a v1\nwrite /x: no space left on device\n";
        let text = explain(output);
        assert!(text.starts_with("the disk is full"), "{text}");
        assert!(
            text.ends_with("no space left on device") && !text.contains("downloading"),
            "{text}"
        );
    }

    #[test]
    fn nothing_is_built_when_all_is_there() {
        missing(&CLUSTER, Path::new("/nowhere"), |_| true).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let error = missing(&CLUSTER, Path::new("/dev/null/bin"), |_| false)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/dev/null/bin") && error.contains("XDG_CACHE_HOME"),
            "{error}"
        );
    }
}
