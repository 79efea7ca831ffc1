//! Pure: tags and revisions as a list.

use serde::Serialize;

use super::state::State;

/// A tag, or a revision that no tag stands for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<String>,
    pub(super) revision: String,
    pub(super) namespaces: Vec<String>,
}

/// Tags by name, then revisions that have none.
pub(super) fn rows(state: &State) -> Vec<Row> {
    let tags = state.tags();
    let mut rows: Vec<Row> = tags
        .iter()
        .map(|tag| Row {
            namespaces: state.namespaces_of(tag),
            revision: state.revision_of(tag).unwrap_or_default().to_owned(),
            tag: Some(tag.clone()),
        })
        .collect();
    let tagged: Vec<String> = rows.iter().map(|row| row.revision.clone()).collect();
    let plain = state
        .revisions()
        .into_iter()
        .filter(|revision| !tagged.contains(revision));
    rows.extend(plain.map(|revision| Row {
        namespaces: state.namespaces_of(&revision),
        tag: None,
        revision,
    }));
    rows
}
