//! From the text of a file to objects. A document that cannot be read does not keep the others of
//! its file from being read.

use std::sync::Arc;

use serde_json::Value;

use crate::place::Place;

/// An object as it was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The object.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It does not parse.
    #[error("{file}:{line}: not YAML: {problem}")]
    NotYaml {
        /// The file.
        file: String,
        /// Where the document begins.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// It is no object of Kubernetes.
    #[error("{file}:{line}: no Kubernetes object: {field} is missing")]
    NoObject {
        /// The file.
        file: String,
        /// Where the document begins.
        line: usize,
        /// What an object has and this has not.
        field: &'static str,
    },
}

/// Reads every object of a file, those in lists too.
pub fn read(file: &str, text: &str) -> (Vec<Written>, Vec<SourceError>) {
    let (mut written, mut errors) = (Vec::new(), Vec::new());
    let file: Arc<str> = file.into();
    for (before, text) in documents(text) {
        let place = Place {
            file: Arc::clone(&file),
            before,
            text: text.into(),
            within: String::new(),
        };
        match serde_saphyr::from_str_with_options::<Value>(text, yaml()) {
            Ok(Value::Null) => {}
            Ok(value) => take(value, place, &mut written, &mut errors),
            Err(_) => errors.extend(not_yaml(&file, before, text)),
        }
    }
    (written, errors)
}

/// What the parser says of a document, with lines counted as in the whole file.
fn not_yaml(file: &str, before: usize, text: &str) -> Option<SourceError> {
    let whole = "\n".repeat(before) + text;
    let error = serde_saphyr::from_str_with_options::<Value>(&whole, yaml()).err()?;
    Some(SourceError::NotYaml {
        file: file.to_owned(),
        line: before + 1,
        problem: error.render_with_formatter(&serde_saphyr::UserMessageFormatter),
    })
}

/// How YAML is read: without `strict_booleans`, the text `no` in a string field would be false.
pub(crate) fn yaml() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false, strict_booleans: true }
}

fn take(value: Value, place: Place, written: &mut Vec<Written>, errors: &mut Vec<SourceError>) {
    let missing = ["apiVersion", "kind"]
        .into_iter()
        .find(|field| !value[field].is_string());
    if let Some(field) = missing {
        let reference = place.reference(None);
        let line = reference.rsplit_once(':').and_then(|(_, n)| n.parse().ok());
        errors.push(SourceError::NoObject {
            file: place.file.to_string(),
            line: line.unwrap_or(place.before + 1),
            field,
        });
        return;
    }
    let is_list = value["kind"].as_str().is_some_and(|k| k.ends_with("List"));
    match (is_list, value) {
        (true, Value::Object(mut list)) if list.get("items").is_some_and(Value::is_array) => {
            let items = list.remove("items").unwrap_or_default();
            let Value::Array(items) = items else { return };
            for (index, item) in items.into_iter().enumerate() {
                let mut place = place.clone();
                let dot = if place.within.is_empty() { "" } else { "." };
                place.within = format!("{}{dot}items[{index}]", place.within);
                take(item, place, written, errors);
            }
        }
        (_, value) => written.push(Written { value, place }),
    }
}

/// The documents of a file, each with the number of lines before it. A line that begins with
/// three dashes ends a document wherever it stands.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut start, mut before, mut at) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if is_separator(line) {
            found.push((before, &text[start..at]));
            (start, before) = (end, number + 1);
        }
        at = end;
    }
    found.push((before, &text[start..]));
    found
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_document_does_not_hide_its_neighbours() {
        let text = "kind: A\napiVersion: v1\n---\na: [1\n---\n# nothing\n---\nkind: B\n---\nkind: C\napiVersion: v1\n";
        let (written, errors) = read("a.yaml", text);
        let kinds: Vec<&str> = written
            .iter()
            .filter_map(|w| w.value["kind"].as_str())
            .collect();
        assert_eq!(kinds, ["A", "C"]);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(
            errors[0].starts_with("a.yaml:4: not YAML: ") && errors[0].contains("line 4"),
            "{errors:?}"
        );
        assert_eq!(
            errors[1],
            "a.yaml:8: no Kubernetes object: apiVersion is missing"
        );
    }

    #[test]
    fn lists_are_opened_and_json_is_yaml() {
        let text = r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Pod"},
            {"apiVersion": "v1", "kind": "PodList", "items": [{"apiVersion": "v1", "kind": "Pod"}]}]}"#;
        let (written, errors) = read("a.json", text);
        assert_eq!(errors, []);
        let places: Vec<&str> = written.iter().map(|w| w.place.within.as_str()).collect();
        assert_eq!(places, ["items[0]", "items[1].items[0]"]);
    }
}
