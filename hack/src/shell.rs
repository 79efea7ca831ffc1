//! The two things asked of a POSIX shell besides the guardian: quoting for it, and sending signals
//! through it (its `kill` is built in, the program of that name is not on every machine).

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// The word as a shell reads it back, whatever characters are in it.
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Sends a signal (`TERM`, `KILL`, …; `0` only asks) to a process. False where there is no such
/// process.
pub fn signal(name: &str, pid: u32) -> Result<bool> {
    kill(name, &pid.to_string())
}

/// Sends a signal to all processes of a group. False where there is no such group.
pub fn signal_group(name: &str, group: u32) -> Result<bool> {
    kill(name, &format!("-{group}"))
}

fn kill(name: &str, target: &str) -> Result<bool> {
    let status = Command::new("sh")
        .args(["-c", r#"kill -s "$0" -- "$1""#, name, target])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot run sh")?;
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_come_back_unchanged() {
        for word in [
            "",
            "plain",
            "two words",
            "it's",
            "'",
            "$HOME `id` \\ \"x\"",
            "a\nb",
        ] {
            let script = format!("printf %s {}", quote(word));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_signal_tells_whether_the_process_was_there() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(signal("0", child.id()).unwrap());
        assert!(signal("KILL", child.id()).unwrap());
        assert!(!child.wait().unwrap().success());
        assert!(!signal("0", child.id()).unwrap());
    }
}
