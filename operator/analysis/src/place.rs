//! Where an object was written, and on which line one of its fields stands.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A document of a file, or one item of a list in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) file: Arc<str>,
    /// Number of lines of the file before the document.
    pub(crate) before: usize,
    pub(crate) text: Arc<str>,
    /// Path of the object in the document: empty, or `items[3]`.
    pub(crate) within: String,
}

impl Place {
    /// File and line of a field of the object; of the object itself where there is no such field.
    pub fn reference(&self, path: Option<&str>) -> String {
        format!("{}:{}", self.file, self.before + self.line_within(path))
    }

    fn line_within(&self, path: Option<&str>) -> usize {
        let first = self
            .text
            .lines()
            .position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let first = first.unwrap_or_default() + 1;
        if self.within.is_empty() && path.is_none() {
            return first;
        }
        let Ok(tree) =
            serde_saphyr::from_str_with_options::<Spanned<Tree>>(&self.text, crate::source::yaml())
        else {
            return first;
        };
        let whole = format!("{}.{}", self.within, path.unwrap_or_default());
        line_of(&tree, &whole).unwrap_or(first)
    }
}

/// A document with the place of every value.
enum Tree {
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
    List(Vec<Spanned<Self>>),
    Scalar,
}

/// The line of the deepest part of a path that is there.
fn line_of(tree: &Spanned<Tree>, path: &str) -> Option<usize> {
    let mut at = tree;
    let mut line = None;
    for step in steps(path) {
        let next = match (&at.value, step) {
            (Tree::Map(entries), Step::Field(name)) => entries
                .iter()
                .find(|(key, _)| key.value == name)
                .map(|(key, value)| (key.referenced.line(), value)),
            (Tree::List(items), Step::Element(index)) => {
                items.get(index).map(|item| (item.referenced.line(), item))
            }
            _ => None,
        };
        let Some((on, value)) = next else { break };
        line = usize::try_from(on).ok();
        at = value;
    }
    line
}

enum Step<'a> {
    Field(&'a str),
    Element(usize),
}

/// The steps of `spec.http[0].match`; a field whose name has dots stands in brackets and quotes.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("[\"") {
            let (name, tail) = after.split_once("\"]").unwrap_or((after, ""));
            steps.push(Step::Field(name));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, tail) = after.split_once(']').unwrap_or((after, ""));
            steps.extend(index.parse().ok().map(Step::Element));
            rest = tail;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Field(&rest[..end]));
            rest = &rest[end..];
        }
    }
    steps
}

// === impl Tree ===

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;

        impl<'de> Visitor<'de> for Shape {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Tree::Map(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_none<E>(self) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Tree, D::Error> {
                value.deserialize_any(self)
            }
        }

        deserializer.deserialize_any(Shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, within: &str, path: Option<&str>) -> String {
        let place = Place {
            file: "a.yaml".into(),
            before: 10,
            text: text.into(),
            within: within.to_owned(),
        };
        place.reference(path)
    }

    #[test]
    fn a_field_is_found_on_its_line_or_its_parents() {
        let text = "# a comment\nkind: Gateway\nspec:\n  servers:\n  - port:\n      number: 80\n  - hosts: [a]\n";
        assert_eq!(line(text, "", None), "a.yaml:12");
        assert_eq!(
            line(text, "", Some("spec.servers[0].port.number")),
            "a.yaml:16"
        );
        assert_eq!(
            line(text, "", Some("spec.servers[1].hosts[0]")),
            "a.yaml:17"
        );
        assert_eq!(
            line(text, "", Some("spec.servers[1].port.number")),
            "a.yaml:17"
        );
        assert_eq!(line(text, "", Some("metadata")), "a.yaml:12");
    }

    #[test]
    fn an_item_of_a_list_and_a_name_with_dots_are_found() {
        let text =
            "items:\n- kind: Pod\n- kind: Pod\n  metadata:\n    annotations:\n      a.io/b: c\n";
        assert_eq!(line(text, "items[1]", None), "a.yaml:13");
        assert_eq!(
            line(text, "items[1]", Some("metadata.annotations[\"a.io/b\"]")),
            "a.yaml:16"
        );
    }
}
