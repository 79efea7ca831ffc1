//! One program that a guardian runs, seen through the files that the guardian keeps about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::{poll, shell};

/// A program of a cluster, or one started beside it by [`spawn`](super::Cluster::spawn). It ends
/// with the cluster, not with this value.
#[derive(Clone, Debug)]
pub struct Process {
    name: String,
    /// The guardian's files about it, without their extension.
    base: PathBuf,
}

impl Process {
    pub(super) fn new(dir: &Path, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            base: dir.join("run").join(name),
        }
    }

    /// Every program that was started in a cluster's folder, by name; none where the folder is
    /// gone.
    pub fn of(dir: &Path) -> Result<Vec<Self>> {
        let Ok(files) = fs::read_dir(dir.join("run")) else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "sh") {
                names.extend(
                    path.file_stem()
                        .map(|name| name.to_string_lossy().into_owned()),
                );
            }
        }
        names.sort();
        Ok(names.iter().map(|name| Self::new(dir, name)).collect())
    }

    /// The name under which it was started.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its standard output and error, of all programs of this name one after the other.
    pub fn log(&self) -> PathBuf {
        self.file("log")
    }

    /// The last lines of the log.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.file("pid"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// How it ended, as a shell says it (137 is SIGKILL), once it has ended.
    pub fn exit_code(&self) -> Option<i32> {
        fs::read_to_string(self.file("exit"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Asks it to end (SIGTERM). Nothing happens where it has ended.
    pub fn terminate(&self) -> Result<()> {
        self.signal("TERM")
    }

    /// Ends it at once (SIGKILL). Nothing happens where it has ended.
    pub fn kill(&self) -> Result<()> {
        self.signal("KILL")
    }

    /// Waits until it has ended, at most so long; returns the exit code.
    pub fn wait(&self, deadline: Duration) -> Result<i32> {
        poll::until(&format!("{} to end", self.name), deadline, || {
            Ok(self.exit_code())
        })
    }

    fn signal(&self, name: &str) -> Result<()> {
        self.pid()
            .map_or(Ok(()), |pid| shell::signal(name, pid).map(drop))
    }

    /// Writes down the command for the guardian, and forgets an earlier program of that name.
    pub(super) fn prepare(&self, command: &Command) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        ensure!(
            !self.name.is_empty() && self.name.chars().all(plain),
            "{:?} is no name for a process: letters, digits, -, _ and . only",
            self.name
        );
        if self.is_running() {
            bail!("{} runs already", self.name);
        }
        for extension in ["pid", "exit"] {
            match fs::remove_file(self.file(extension)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        let script = script(command)?;
        let path = self.file("sh");
        fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn await_start(&self) -> Result<()> {
        let what = format!("{} to start", self.name);
        poll::until(&what, poll::SHORT, || {
            Ok((self.is_running() || self.exit_code().is_some()).then_some(()))
        })
    }

    fn file(&self, extension: &str) -> PathBuf {
        // Not `with_extension`: a name may have a dot of its own.
        let mut path = self.base.clone().into_os_string();
        path.push(".");
        path.push(extension);
        path.into()
    }
}

/// The command as a script that becomes the program. Its environment is the guardian's with the
/// changes of the command.
fn script(command: &Command) -> Result<String> {
    let text = |word: &std::ffi::OsStr| {
        word.to_str()
            .map(shell::quote)
            .with_context(|| format!("{} is no UTF-8", word.display()))
    };
    let mut lines = Vec::new();
    if let Some(dir) = command.get_current_dir() {
        lines.push(format!("cd {} || exit 1", text(dir.as_os_str())?));
    }
    for (key, value) in command.get_envs() {
        let key = key.to_string_lossy();
        lines.push(match value {
            Some(value) => format!("export {key}={}", text(value)?),
            None => format!("unset {key}"),
        });
    }
    let mut words = vec!["exec".to_owned(), text(command.get_program())?];
    for argument in command.get_args() {
        words.push(text(argument)?);
    }
    lines.push(words.join(" "));
    lines.push(String::new());
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_folder_environment_and_quoted_words() {
        let mut command = Command::new("/bin/my program");
        command
            .arg("--a=it's")
            .current_dir("/tmp")
            .env("B", "x y")
            .env_remove("A");
        let wanted =
            "cd '/tmp' || exit 1\nunset A\nexport B='x y'\nexec '/bin/my program' '--a=it'\\''s'\n";
        assert_eq!(script(&command).unwrap(), wanted);
    }

    #[test]
    fn a_name_that_is_a_path_is_refused() {
        for name in ["", "../up", "a b", "a\nstart b"] {
            let error = Process::new(Path::new("/nowhere"), name).prepare(&Command::new("true"));
            assert!(
                error
                    .unwrap_err()
                    .to_string()
                    .contains("no name for a process"),
                "{name:?}"
            );
        }
    }
}
