//! Which messages are wanted: of which namespaces, and which of them somebody has silenced.

use crate::code::{Code, Level};
use crate::message::Message;

/// Annotation with the codes that are not to be given for an object, or `*`.
pub const ANNOTATION_SUPPRESS: &str = "galley.istio.io/analyze-suppress";
/// Namespaces of Kubernetes itself, of which nothing is said.
pub const IGNORED_NAMESPACES: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// Which messages are wanted.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The namespaces of which something is said; all when empty.
    pub namespaces: Vec<String>,
    /// Whether objects from files are spoken of whatever their namespace.
    pub all_files: bool,
    /// What is silenced.
    pub suppressed: Vec<Suppression>,
}

/// A code silenced for some objects: `IST0103=Pod *.testing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The code.
    pub code: String,
    /// The objects as messages name them; `*` stands for any text.
    pub pattern: String,
}

/// A suppression that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} given, allowed: CODE=KIND NAME.NAMESPACE, such as \"IST0103=Pod *.testing\"")]
pub struct SuppressionError {
    given: String,
}

// === impl Scope ===

impl Scope {
    pub(crate) fn wants(&self, message: &Message) -> bool {
        let about = &message.resource;
        let named = if about.namespace.is_empty() {
            &about.name
        } else {
            &about.namespace
        };
        !IGNORED_NAMESPACES.contains(&named.as_str())
            && self.covers(message)
            && !is_silenced(message)
            && !self.suppressed.iter().any(|s| s.silences(message))
    }

    fn covers(&self, message: &Message) -> bool {
        let about = &message.resource;
        self.namespaces.is_empty()
            || (self.all_files && about.place.is_some())
            || self.namespaces.contains(&about.namespace)
            || about.namespace.is_empty() && self.covers_of_cluster(message)
    }

    /// A namespace is spoken of where its objects are; whatever else is the cluster's, always.
    fn covers_of_cluster(&self, message: &Message) -> bool {
        message.resource.kind != crate::Kind::Namespace
            || self.namespaces.contains(&message.resource.name)
    }
}

fn is_silenced(message: &Message) -> bool {
    let codes = message.resource.annotations.get(ANNOTATION_SUPPRESS);
    codes.is_some_and(|codes| {
        let mut codes = codes.split(',').map(str::trim);
        codes.any(|code| code == "*" || code == message.code.as_str())
    })
}

// === impl Suppression ===

impl Suppression {
    /// Whether the code is one that is ever given.
    pub fn is_known(&self) -> bool {
        Code::find(&self.code).is_some()
    }

    fn silences(&self, message: &Message) -> bool {
        self.code == message.code.as_str() && matches(&self.pattern, &message.origin())
    }
}

impl std::str::FromStr for Suppression {
    type Err = SuppressionError;

    fn from_str(text: &str) -> Result<Self, SuppressionError> {
        match text.split_once('=') {
            Some((code, pattern)) if !code.is_empty() && !pattern.is_empty() => Ok(Self {
                code: code.to_owned(),
                pattern: pattern.to_owned(),
            }),
            Some(_) | None => Err(SuppressionError {
                given: text.to_owned(),
            }),
        }
    }
}

/// Whether a text is as a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

/// A level by its name, whatever its case.
pub fn level(name: &str) -> Option<Level> {
    Level::ALL
        .into_iter()
        .find(|level| level.as_str().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("Pod a.b", "Pod a.b", true),
            ("Pod a.b", "Pod a.bc", false),
            ("Pod *.testing", "Pod web-1.testing", true),
            ("Pod *.testing", "Pod web-1.default", false),
            ("*", "Namespace x", true),
            ("Pod *-*.b", "Pod a-c.b", true),
            ("Pod *-*.b", "Pod ac.b", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_suppression_has_a_code_and_a_pattern() {
        let parsed: Suppression = "IST0102=Namespace foo".parse().unwrap();
        assert_eq!(
            (parsed.code.as_str(), parsed.pattern.as_str()),
            ("IST0102", "Namespace foo")
        );
        assert!(parsed.is_known());
        for bad in ["IST0102", "=x", "IST0102="] {
            let error = bad.parse::<Suppression>().unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
