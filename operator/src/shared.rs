//! What tasks share: a value behind a lock, and what is remembered of each installation.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value behind a lock. Nothing here panics while it holds one, so that no lock is poisoned.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Mutex<T>);

/// What is remembered, by the UID or the name of an installation, until that is gone.
#[derive(Debug)]
pub(crate) struct Memory<T>(Shared<BTreeMap<String, T>>);

// === impl Shared ===

impl<T> Shared<T> {
    /// The value. Whoever holds it must not wait for anything.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Memory ===

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Shared(Mutex::new(BTreeMap::new())))
    }
}

impl<T> Memory<T> {
    /// Looks at what is remembered.
    pub(crate) fn look<A>(&self, installation: &str, look: impl FnOnce(Option<&T>) -> A) -> A {
        look(self.0.lock().get(installation))
    }

    /// Changes what is remembered, which is nothing at first.
    pub(crate) fn change<A>(&self, installation: &str, change: impl FnOnce(&mut T) -> A) -> A
    where
        T: Default,
    {
        let mut all = self.0.lock();
        change(all.entry(installation.to_owned()).or_default())
    }

    /// What is remembered.
    pub(crate) fn get(&self, installation: &str) -> Option<T>
    where
        T: Clone,
    {
        self.0.lock().get(installation).cloned()
    }

    /// Remembers this and nothing else.
    pub(crate) fn keep(&self, installation: &str, what: T) {
        self.0.lock().insert(installation.to_owned(), what);
    }

    /// Forgets an installation that is gone.
    pub(crate) fn forget(&self, installation: &str) {
        self.0.lock().remove(installation);
    }
}
