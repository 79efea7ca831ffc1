//! Commands that read what they are given.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};

/// Runs a command with this input to its end. One that fails need not have read all of it.
pub fn fed(command: &mut Command, input: &str) -> Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no input")?;
    std::thread::scope(|scope| {
        // Beside the reading: a command may answer much before it has read all.
        let written = scope.spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output()?;
        let written = written.join().ok().context("the writer failed")?;
        if output.status.success() {
            written?;
        }
        Ok(output)
    })
}
