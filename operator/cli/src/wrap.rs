//! Text in rows of a terminal: broken between words, never within one.

/// In a column of a table that has not even so much room, text is not worth breaking.
pub(crate) const NARROW: usize = 12;

/// A line in rows of so many columns, if there are any to mind. What stands before the first gap of
/// two spaces is a heading, which the other rows leave room for.
pub(crate) fn line(line: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|columns| line.chars().count() > *columns) else {
        return line.to_owned();
    };
    let (heading, text) = line.split_at(heading(line));
    let taken = heading.chars().count();
    format!("{heading}{}", below(text, taken, columns))
}

/// A text after a heading of so many columns, in rows that are joined below it: further left where
/// a word would not fit otherwise.
pub(crate) fn below(text: &str, taken: usize, columns: usize) -> String {
    let rows = rows(text, taken, columns);
    let indented = |row: &String| {
        let indent = taken.min(columns.saturating_sub(row.chars().count()));
        format!("\n{:indent$}{row}", "")
    };
    let (first, others) = rows.split_first().map_or(("", &[][..]), |(a, b)| (a, b));
    first.to_owned() + &others.iter().map(indented).collect::<String>()
}

/// How long the heading of a line is, with the gap after it.
fn heading(line: &str) -> usize {
    let gap = line.find("  ").filter(|gap| *gap < 20);
    gap.map_or(0, |gap| {
        let rest = &line[gap..];
        gap + rest.len() - rest.trim_start_matches(' ').len()
    })
}

/// The rows of a text of which the first begins after `taken` columns and the others have as many
/// left out. A word that no row can hold has one of its own.
fn rows(text: &str, taken: usize, columns: usize) -> Vec<String> {
    let room = columns.saturating_sub(taken).max(1);
    let mut rows = vec![String::new()];
    let mut filled = 0;
    for word in text.split(' ') {
        let width = word.chars().count();
        let row = rows.last_mut();
        match row {
            Some(row) if filled == 0 || filled + 1 + width <= room => {
                if filled > 0 {
                    row.push(' ');
                    filled += 1;
                }
                row.push_str(word);
                filled += width;
            }
            _ => {
                rows.push(word.to_owned());
                filled = width;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_between_words() {
        assert_eq!(
            rows("spec.a, spec.b, spec.c", 5, 20),
            ["spec.a, spec.b,", "spec.c"]
        );
        assert_eq!(rows("spec.a, spec.b", 0, 14), ["spec.a, spec.b"]);
        assert_eq!(rows("", 4, 20), [""]);
    }

    #[test]
    fn rows_leave_room_for_the_heading() {
        let said = "stays:  the namespace, sidecars";
        assert_eq!(line(said, None), said);
        assert_eq!(line(said, Some(40)), said);
        assert_eq!(
            line(said, Some(24)),
            "stays:  the namespace,\n        sidecars"
        );
        assert_eq!(
            below("a too-long-word b", 8, 16),
            "a\n   too-long-word\n        b"
        );
        assert_eq!(line("    a b c", Some(7)), "    a b\n    c");
        assert_eq!(line("no heading here", Some(10)), "no heading\nhere");
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        assert_eq!(
            rows("see https://example.com/very/long now", 4, 16),
            ["see", "https://example.com/very/long", "now"]
        );
        assert_eq!(rows("a b", 90, 80), ["a", "b"]);
    }
}
