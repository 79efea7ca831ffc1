//! Which versions a mesh may go to: any patch of its minor version, or the next minor version.

/// Whether a mesh may go from one version to another in one step. Back across a minor version leads
/// only to what is in the history, which the caller knows.
pub(super) fn is_allowed(from: &str, to: &str) -> bool {
    match (minor(from), minor(to)) {
        (Some(from), Some(to)) => to == from || to == from + 1,
        (None, _) | (_, None) => from == to,
    }
}

/// What is allowed instead, for people.
pub(super) fn allowed(from: &str) -> String {
    match minor(from) {
        Some(number) => format!(
            "any patch of 1.{number} or 1.{}, one minor version at a time, or a version in status.history",
            number + 1
        ),
        None => format!("{from}, or a version in status.history"),
    }
}

fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_go_one_minor_up_at_most_and_never_down() {
        for (from, to, is) in [
            ("1.28.10", "1.29.6", true),
            ("1.28.10", "1.28.9", true),
            ("1.28.10", "1.30.3", false),
            ("1.30.3", "1.29.6", false),
        ] {
            assert_eq!(is_allowed(from, to), is, "{from} to {to}");
        }
    }
}
