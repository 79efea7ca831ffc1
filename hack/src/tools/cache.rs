//! The cache folder, and the name of one set of programs in it.

use std::env::{consts, var_os};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Set, build};

/// The project's folder in the user's cache directory; it is made where it is missing.
pub fn cache_dir() -> Result<PathBuf> {
    let absolute = |name| {
        var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let Some(base) =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    else {
        bail!("no place for the cache: set HOME or XDG_CACHE_HOME to an absolute path");
    };
    let dir = base.join("mainsheet");
    fs::create_dir_all(&dir).with_context(|| {
        format!(
            "cannot make {}: set XDG_CACHE_HOME to a folder that can be written to",
            dir.display()
        )
    })?;
    Ok(dir)
}

/// Names a set of programs by its version, platform, and a digest of everything their build
/// depends on.
pub(super) fn key(set: &Set) -> Result<String> {
    let mut digest = DefaultHasher::new();
    (set.go_mod, build::FLAGS).hash(&mut digest);
    if !set.tags.is_empty() {
        set.tags.hash(&mut digest);
    }
    Ok(format!(
        "{}-{}-{}-{:016x}",
        set.named_by.version()?,
        consts::OS,
        consts::ARCH,
        digest.finish()
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{CLUSTER, Tool};
    use super::*;

    #[test]
    fn another_dependency_is_another_set() {
        let of = |go_mod| key(&Set { go_mod, ..CLUSTER }).unwrap();
        let (a, b) = (of("require x v1"), of("require x v2"));
        assert_ne!(a, b);
        assert_eq!(a, of("require x v1"));
        assert!(a.starts_with(Tool::Kubectl.version().unwrap()));
    }
}
