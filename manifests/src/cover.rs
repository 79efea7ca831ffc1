//! Which namespaces an injection webhook takes: a set of names, or all names but a set.

use std::collections::BTreeSet;

/// A set of namespaces, by name, that may be all but a few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// These and no others.
    Only(BTreeSet<String>),
    /// Every one but these.
    AllBut(BTreeSet<String>),
}

// === impl Cover ===

impl Cover {
    /// Every namespace.
    pub fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    /// No namespace.
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether a namespace is in it.
    pub fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(namespace),
            Self::AllBut(names) => !names.contains(namespace),
        }
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        match self {
            Self::Only(names) => Self::AllBut(names.clone()),
            Self::AllBut(names) => Self::Only(names.clone()),
        }
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(one), Self::Only(two)) => Self::Only(one & two),
            (Self::Only(some), Self::AllBut(out)) | (Self::AllBut(out), Self::Only(some)) => {
                Self::Only(some - out)
            }
            (Self::AllBut(one), Self::AllBut(two)) => Self::AllBut(one | two),
        }
    }

    /// What is in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.complement().and(&other.complement()).complement()
    }

    /// Whether there is nothing in it.
    pub fn is_none(&self) -> bool {
        *self == Self::none()
    }

    /// Whether everything is in it.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn covers_join_meet_and_turn_round_as_sets_do() {
        let (some, rest) = (
            Cover::Only(names(&["a", "b"])),
            Cover::AllBut(names(&["b"])),
        );
        let all = [&some, &rest];
        for (one, two) in all.iter().flat_map(|one| all.map(|two| (*one, two))) {
            for name in ["a", "b", "c"] {
                let (in_one, in_two) = (one.contains(name), two.contains(name));
                assert_eq!(one.and(two).contains(name), in_one && in_two);
                assert_eq!(one.or(two).contains(name), in_one || in_two);
                assert_eq!(one.complement().contains(name), !in_one);
            }
        }
        assert!(some.or(&some.complement()).is_all());
        assert!(some.and(&some.complement()).is_none());
    }
}
