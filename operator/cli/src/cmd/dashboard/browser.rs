//! Opens a browser as the system does.

use std::process::{Command, Stdio};

const OPENERS: [&str; 3] = ["xdg-open", "open", "wslview"];

/// Asks the system to open a URL; false where nothing does that.
pub(super) fn open(url: &str) -> bool {
    OPENERS.iter().any(|opener| {
        let started = Command::new(opener)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        started.is_ok()
    })
}
