//! `--select` and `--ignore`: objects by kind, namespace and name.

use std::str::FromStr;

use super::objects::Id;

/// What objects look like that are meant: an empty part means any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    kind: String,
    namespace: String,
    name: String,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let pattern = Self {
            kind: part(),
            namespace: part(),
            name: part(),
        };
        match parts.next() {
            None => Ok(pattern),
            Some(_) => Err("KIND:NAMESPACE:NAME is wanted, such as Deployment:*:istiod".to_owned()),
        }
    }
}

impl Pattern {
    /// Whether an object is meant.
    pub(super) fn is_like(&self, id: &Id) -> bool {
        fits(&self.kind, &id.kind)
            && fits(&self.namespace, id.namespace.as_deref().unwrap_or_default())
            && fits(&self.name, &id.name)
    }
}

/// Whether a text is as the pattern says; each `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return true;
    }
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(pattern: &str, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let id = Id {
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        pattern.parse::<Pattern>().unwrap().is_like(&id)
    }

    #[test]
    fn stars_stand_for_anything_and_what_is_left_out_too() {
        let istiod = |pattern| meant(pattern, "Deployment", Some("sea"), "istiod");
        for pattern in [
            "",
            "*:*:*",
            "Deployment",
            "Deployment::",
            ":sea:",
            "*:s*a:i*o*d",
            "Dep*ment:*:istiod",
        ] {
            assert!(istiod(pattern), "{pattern}");
        }
        for pattern in [
            "Service",
            "Deployment:lake",
            "::istio",
            "::*x*",
            "::isti*diod",
            "deployment",
        ] {
            assert!(!istiod(pattern), "{pattern}");
        }
        assert!(meant("ClusterRole:*:x", "ClusterRole", None, "x"));
        assert!("a:b:c:d".parse::<Pattern>().is_err());
    }
}
