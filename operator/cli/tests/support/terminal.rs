//! A terminal of 80 columns, as util-linux' `script` makes one. Where there is no such program,
//! nothing is tried.

use std::io::Write;
use std::process::{Command, Stdio};

use super::Folder;

/// Exit code and screen of a verb, for which this is typed.
pub(crate) fn terminal(folder: &Folder, verb: &str, typed: &str) -> Option<(i32, String)> {
    let binary = env!("CARGO_BIN_EXE_mainsheet");
    let line = format!("stty cols 80 rows 24; exec '{binary}' {verb} --kubeconfig kubeconfig");
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("NO_COLOR", "1")
        .env("SHELL", "/bin/sh")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()
        .filter(|_| cfg!(target_os = "linux"))?;
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // As long as a keyboard is there, so is the terminal.
    drop(keys);
    let screen = String::from_utf8(output.stdout).unwrap();
    Some((output.status.code().unwrap(), screen.replace('\r', "")))
}
