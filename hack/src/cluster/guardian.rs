//! The guardian: a small shell that starts the processes of one cluster and takes them and their
//! folder away.
//!
//! It reads commands from a pipe that this process holds. The kernel closes that pipe however this
//! process ends, SIGKILL included, so no handler has to run here for the clean-up to happen; its
//! own process group keeps Ctrl-C from it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::process::Process;
use super::sweep::sweep;
use crate::{poll, progress};

const SCRIPT: &str = include_str!("guardian.sh");

/// Owner of a folder and of the processes started in it.
#[derive(Debug)]
pub(super) struct Guardian {
    dir: PathBuf,
    child: Child,
    /// None once the guardian has been let go or told to end.
    commands: Mutex<Option<ChildStdin>>,
}

impl Guardian {
    /// Starts a guardian with a new folder in the system's folder for temporary files.
    pub(super) fn start(name: &str) -> Result<Self> {
        let random = RandomState::new().build_hasher().finish();
        let temp = std::path::absolute(std::env::temp_dir())?;
        let dir = temp.join(format!("mainsheet-{name}-{random:016x}"));
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(&dir)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run sh")?;
        let commands = child.stdin.take();
        let answer = child
            .stdout
            .take()
            .map(first_line)
            .transpose()?
            .unwrap_or_default();
        if answer != "ready" {
            bail!(
                "cannot make {}: {answer}; TMPDIR says where it goes",
                dir.display()
            );
        }
        Ok(Self {
            dir,
            child,
            commands: Mutex::new(commands),
        })
    }

    /// The folder, which goes with the guardian.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The guardian's process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Starts a program. It must not leave children of its own behind: they are not known here.
    pub(super) fn spawn(&self, name: &str, command: &Command) -> Result<Process> {
        let process = Process::new(&self.dir, name);
        process.prepare(command)?;
        self.send(&format!("start {name}\n"))?;
        process.await_start()?;
        Ok(process)
    }

    /// Leaves everything running after this process has ended; a SIGTERM to the guardian ends it.
    pub(super) fn detach(self) -> Result<()> {
        self.send("detach\n")?;
        let detached = self.dir.join("detached");
        poll::until("the guardian to let go", poll::SHORT, || {
            Ok(detached.exists().then_some(()))
        })?;
        // From here on the guardian reads nothing more, and the end of the pipe means nothing to
        // it.
        let mut this = std::mem::ManuallyDrop::new(self);
        *this
            .commands
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn send(&self, line: &str) -> Result<()> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = commands.as_mut().context("the cluster has been stopped")?;
        pipe.write_all(line.as_bytes())
            .context("the cluster's guardian has ended")
    }
}

impl Drop for Guardian {
    /// Takes the cluster down and returns when it is gone.
    fn drop(&mut self) {
        *self
            .commands
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let ended = self.child.wait();
        if let Err(error) = ended
            .map_err(Into::into)
            .and_then(|_| sweep(&self.dir, self.pid()))
        {
            progress::say(format_args!(
                "{} may be left behind: {error:#}",
                self.dir.display()
            ));
        }
    }
}

fn first_line(stdout: impl Read) -> Result<String> {
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .context("cannot hear the guardian")?;
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::sweep::guards;
    use super::*;
    use crate::poll::{SHORT, until};
    use crate::shell;

    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    }

    /// A guardian with two programs, and their process ids.
    fn busy() -> (Guardian, [u32; 2]) {
        let guardian = Guardian::start("guardian-test").unwrap();
        let pids = ["one", "two"].map(|name| {
            let process = guardian.spawn(name, &sleeper()).unwrap();
            until("a process id", SHORT, || Ok(process.pid())).unwrap()
        });
        (guardian, pids)
    }

    fn assert_gone(dir: &Path, pids: [u32; 2]) {
        let gone = || {
            let mut there = dir.exists();
            for pid in pids {
                there |= shell::signal("0", pid)?;
            }
            Ok((!there).then_some(()))
        };
        until("processes and folder to be gone", SHORT, gone).unwrap();
    }

    #[test]
    fn a_dropped_guardian_has_taken_all_away() {
        let (guardian, pids) = busy();
        let dir = guardian.dir().to_owned();
        assert!(dir.is_dir() && shell::signal("0", pids[0]).unwrap());
        drop(guardian);
        assert!(!dir.exists());
        assert_gone(&dir, pids);
    }

    #[test]
    fn a_panic_takes_all_away() {
        let (guardian, pids) = busy();
        let dir = guardian.dir().to_owned();
        let panicked = thread::spawn(move || {
            let _held = guardian;
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert_gone(&dir, pids);
    }

    #[test]
    fn a_killed_guardian_is_made_up_for() {
        let (guardian, pids) = busy();
        let dir = guardian.dir().to_owned();
        shell::signal("KILL", guardian.pid()).unwrap();
        drop(guardian);
        assert_gone(&dir, pids);
    }

    #[test]
    fn a_detached_guardian_goes_on_until_it_is_told_to_end() {
        let (guardian, pids) = busy();
        let (dir, pid) = (guardian.dir().to_owned(), guardian.pid());
        guardian.detach().unwrap();
        assert!(guards(pid, &dir));
        assert!(shell::signal("0", pids[1]).unwrap());
        shell::signal("TERM", pid).unwrap();
        assert_gone(&dir, pids);
    }

    #[test]
    fn a_process_says_how_it_ended_and_its_name_can_be_used_again() {
        let guardian = Guardian::start("guardian-test").unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo $WORD; exit 3"])
            .env("WORD", "it's me");
        let process = guardian.spawn("short", &command).unwrap();
        assert_eq!(process.wait(SHORT).unwrap(), 3);
        assert_eq!(process.log_tail(9), "it's me");

        let process = guardian.spawn("short", &sleeper()).unwrap();
        assert!(process.is_running() && process.exit_code().is_none());
        let twice = guardian.spawn("short", &sleeper()).unwrap_err();
        assert_eq!(twice.to_string(), "short runs already");
        process.kill().unwrap();
        assert_eq!(process.wait(SHORT).unwrap(), 128 + 9);
        process.kill().unwrap();
    }

    #[test]
    fn a_program_that_is_not_there_ends_with_the_shell_s_word_for_it() {
        let guardian = Guardian::start("guardian-test").unwrap();
        let process = guardian
            .spawn("none", &Command::new("/no/such/program"))
            .unwrap();
        assert_eq!(process.wait(SHORT).unwrap(), 127);
        assert!(process.log_tail(1).contains("/no/such/program"));
    }
}
