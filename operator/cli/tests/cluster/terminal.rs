//! What a person sees and answers, in a terminal of 80 columns.

use super::life::{api, lived, upgraded};
use crate::support::Folder;
use crate::support::terminal::terminal;

#[test]
fn a_person_is_asked_once_the_plan_is_seen() {
    let folder = Folder::new("terminal-asks");
    let server = api(&folder, &[lived(), upgraded()]);
    let Some((code, screen)) = terminal(&folder, "upgrade", "n\n") else {
        return;
    };
    let at = |words: &str| screen.find(words).unwrap_or_else(|| panic!("{screen}"));
    assert!(at("create  ") < at("Go ahead? [y/N]"), "{screen}");
    assert!(screen.ends_with("error: nothing was changed\n"), "{screen}");
    assert_eq!((code, server.writes().len()), (1, 0));
    let (code, screen) = terminal(&folder, "upgrade --no-wait", "y\n").unwrap();
    assert!(screen.ends_with("wants Istio 1.30.3 now\n"), "{screen}");
    assert_eq!((code, server.writes().len()), (0, 1));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let folder = Folder::new("terminal-width");
    let server = api(&folder, &[lived()]);
    for verb in [
        "upgrade --dry-run",
        "uninstall --dry-run",
        "upgrade lake",
        "status",
        "version",
    ] {
        let Some((_, screen)) = terminal(&folder, verb, "") else {
            return;
        };
        let widest = screen.lines().max_by_key(|line| line.chars().count());
        let widest = widest.unwrap_or_default();
        assert!(widest.chars().count() <= 80, "{verb}: {widest}");
    }
    assert_eq!(server.writes(), Vec::<String>::new());
}
