//! Runs the command as a user would, and says what became of it: exit code, stdout and stderr.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

pub(crate) mod api;
pub(crate) mod forward;
pub(crate) mod terminal;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A folder of its own for a test, removed with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file and returns its name; commands run in the folder.
    pub(crate) fn file<'a>(&self, name: &'a str, text: impl AsRef<[u8]>) -> &'a str {
        std::fs::write(self.0.join(name), text).unwrap();
        name
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }

    /// The command, in the folder, with nothing of the environment that could change the answer.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mainsheet"));
        command
            .env_clear()
            .env("HOME", &self.0)
            .current_dir(&self.0)
            .stdin(Stdio::null());
        command
    }

    /// What becomes of the command with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.told(&self.command().args(arguments).output().unwrap())
    }

    /// The outcome as text. The names of temporary folders and ports are taken out.
    pub(crate) fn told(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.replace(self.0.to_str().unwrap(), "~")
        };
        format!(
            "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr)
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
