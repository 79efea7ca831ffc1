//! A text of several YAML documents in its pieces, so that what is not changed stays as it was,
//! byte for byte.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A document, without the line that begins it.
    Document(&'a str),
    /// The line between two documents.
    Marker(&'a str),
}

/// The pieces of a text; one after the other they are the text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if is_marker(line) {
            pieces.extend(document(&text[begin..at]));
            pieces.push(Piece::Marker(line));
            begin = end;
        }
        at = end;
    }
    pieces.extend(document(&text[begin..]));
    pieces
}

fn document(text: &str) -> Option<Piece<'_>> {
    (!text.is_empty()).then_some(Piece::Document(text))
}

/// Three dashes at the start of a line begin a document, wherever they stand. A line that has
/// content besides is left in the document that it begins.
fn is_marker(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| {
        let rest = rest.trim_end_matches(['\n', '\r']);
        let comment = rest.trim_start();
        rest.is_empty()
            || (rest.starts_with([' ', '\t']) && (comment.is_empty() || comment.starts_with('#')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(text: &str) -> String {
        let pieces = pieces(text).into_iter();
        let texts = pieces.map(|piece| match piece {
            Piece::Document(text) | Piece::Marker(text) => text,
        });
        texts.collect()
    }

    #[test]
    fn the_pieces_are_the_text() {
        for text in [
            "",
            "a: 1",
            "---\na: 1\n",
            "a: 1\r\n--- # two\r\nb: |\n  ---\n  x\n---\n",
            "\n\n---\n---\n",
            "---x\n",
        ] {
            assert_eq!(together(text), text);
        }
    }

    #[test]
    fn dashes_within_a_document_do_not_end_it() {
        let text = "a: |\n  ---\n  b\n---- c\n";
        assert_eq!(pieces(text), [Piece::Document(text)]);
        assert_eq!(
            pieces("a: 1\n---\nb: 2\n"),
            [
                Piece::Document("a: 1\n"),
                Piece::Marker("---\n"),
                Piece::Document("b: 2\n")
            ]
        );
    }
}
