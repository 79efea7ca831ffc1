//! What a guardian would have done, had it not been killed itself; and whether a process is what
//! its number says.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::process::Process;
use crate::{poll, shell};

/// Does the guardian's last work where something killed the guardian itself. Nothing happens where
/// the folder is gone.
pub(super) fn sweep(dir: &Path, guardian: u32) -> Result<()> {
    let mut programs = Process::of(dir)?
        .into_iter()
        .filter_map(|process| process.pid());
    // All that a guardian starts stays in its process group. One member that was written down is
    // proof that the group is still that one: a number alone may long be another's.
    if programs.any(|pid| group(pid) == Some(guardian)) {
        shell::signal_group("KILL", guardian)?;
    }
    poll::until("the cluster's folder to be removed", poll::SHORT, || {
        match fs::remove_dir_all(dir) {
            // What was just killed may have made a file in the meantime.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(None),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(Some(())),
        }
    })
}

/// Whether the process is the guardian of the folder, which is a word of its command line.
pub(super) fn guards(pid: u32, dir: &Path) -> bool {
    let line = proc_file(pid, "cmdline").or_else(|| ps(pid, "args="));
    line.is_some_and(|line| line.contains(&*dir.to_string_lossy()))
}

/// The process group of a process.
fn group(pid: u32) -> Option<u32> {
    let text = match proc_file(pid, "stat") {
        // The program's name comes before, in brackets, and may have brackets itself: `1 (sh) S
        // PARENT GROUP ...`.
        Some(stat) => stat.rsplit_once(") ")?.1.split(' ').nth(2)?.to_owned(),
        None => ps(pid, "pgid=")?,
    };
    text.trim().parse().ok()
}

fn proc_file(pid: u32, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{pid}/{name}")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What systems without `/proc` say.
fn ps(pid: u32, column: &str) -> Option<String> {
    let output = Command::new("ps")
        .args(["-o", column, "-p", &pid.to_string()])
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_process_is_known_by_its_group_and_its_words() {
        let mut command = Command::new("sleep");
        command
            .arg("600")
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (pid, words) = (child.id(), Path::new("600"));
        // The kernel shows no words for an instant after a program has taken the place of another.
        let known = poll::until("the words", poll::SHORT, || {
            Ok(guards(pid, words).then_some(()))
        });
        let seen = (group(pid), guards(pid, Path::new("/tmp/another")));
        child.kill().unwrap();
        child.wait().unwrap();

        known.unwrap();
        assert_eq!(seen, (Some(pid), false));
        assert_eq!((group(pid), guards(pid, words)), (None, false));
    }

    #[test]
    fn nothing_to_sweep_is_no_error() {
        sweep(Path::new("/nowhere/at/all"), std::process::id()).unwrap();
    }
}
