//! The cache folder, and the name of one set of programs in it.

use std::env::{consts, var_os};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Tool, build};

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

/// Names a set of programs by Kubernetes version, platform, and a digest of everything their build
/// depends on.
pub(super) fn key(go_mod: &str) -> Result<String> {
    let mut digest = DefaultHasher::new();
    (go_mod, build::FLAGS).hash(&mut digest);
    let version = Tool::KubeApiserver.version()?;
    Ok(format!(
        "{version}-{}-{}-{:016x}",
        consts::OS,
        consts::ARCH,
        digest.finish()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_dependency_is_another_set() {
        let (a, b) = (key("require x v1").unwrap(), key("require x v2").unwrap());
        assert_ne!(a, b);
        assert_eq!(a, key("require x v1").unwrap());
        assert!(a.starts_with(Tool::Kubectl.version().unwrap()));
    }
}
