//! Clusters that outlive the command that started them, found again by name through a file in the
//! cache folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::{Cluster, Options, Process, sweep};
use crate::audit;
use crate::tools::{Tool, cache_dir};
use crate::{poll, shell};

/// What is written down about a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// The kubeconfig of a user who may do everything.
    pub kubeconfig: PathBuf,
    /// The folder with kubectl.
    pub bin_dir: PathBuf,
    /// The API server's address.
    pub url: String,
    /// The versions of the programs, in the order in which they are built.
    pub versions: Vec<(String, String)>,
    guardian: u32,
}

/// How a cluster of a name came to be up.
#[derive(Debug)]
pub enum Up {
    /// It was up before.
    Already(Named),
    /// It was started; it ends with this value unless it is [kept](Cluster::keep).
    Started(Box<Cluster>),
}

/// What taking a cluster down found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// It was up, and is gone now.
    Stopped,
    /// It had ended by itself or been killed; what it left is gone now.
    Swept,
    /// There was none.
    None,
}

/// Starts the cluster that the options name, unless it is up.
pub fn up(options: &Options) -> Result<Up> {
    let _lock = lock()?;
    if let Some(named) = find(&options.name)? {
        return Ok(Up::Already(named));
    }
    down(&options.name)?;
    let cluster = Cluster::start(options)?;
    cluster.register(&options.name)?;
    Ok(Up::Started(Box::new(cluster)))
}

/// The cluster of that name, if it is up.
pub fn find(name: &str) -> Result<Option<Named>> {
    Ok(read(name)?.filter(Named::is_up))
}

/// Takes the cluster of that name down, and returns when nothing of it is left.
pub fn down(name: &str) -> Result<Down> {
    let Some(named) = read(name)? else {
        return Ok(Down::None);
    };
    let was_up = named.is_up();
    if was_up {
        shell::signal("TERM", named.guardian)?;
        poll::until("the cluster to end", poll::SHORT, || {
            Ok((!named.is_up()).then_some(()))
        })?;
    }
    sweep::sweep(&named.dir, named.guardian)?;
    fs::remove_file(file(name)?).context("cannot forget the cluster")?;
    Ok(if was_up { Down::Stopped } else { Down::Swept })
}

// === impl Named ===

impl Named {
    /// Its programs, and those started beside it.
    pub fn processes(&self) -> Result<Vec<Process>> {
        Process::of(&self.dir)
    }

    /// All that was asked of its API server.
    pub fn audit(&self) -> audit::Log {
        audit::Log::new(Layout::new(&self.dir).audit_log())
    }

    fn is_up(&self) -> bool {
        self.dir.is_dir() && sweep::guards(self.guardian, &self.dir)
    }
}

// === impl Cluster ===

impl Cluster {
    /// Lets the cluster run on after this process has ended, under a name, until [`down`].
    pub fn keep(self, name: &str) -> Result<Named> {
        let named = self.register(name)?;
        self.guardian.detach()?;
        Ok(named)
    }

    /// Lets other processes [`find`] the cluster, without letting it outlive this one.
    pub fn register(&self, name: &str) -> Result<Named> {
        let versions = Tool::CLUSTER
            .into_iter()
            .map(|tool| Ok((tool.name().to_owned(), self.tools.describe(tool)?)))
            .collect::<Result<_>>()?;
        let named = Named {
            name: name.to_owned(),
            dir: self.dir().to_owned(),
            kubeconfig: self.kubeconfig.clone(),
            bin_dir: self.bin_dir().to_owned(),
            url: self.url.clone(),
            versions,
            guardian: self.guardian.pid(),
        };
        write(&file(name)?, &serde_json::to_string_pretty(&named)?)?;
        Ok(named)
    }
}

/// Written beside its place and renamed, so that no reader finds half of it.
fn write(path: &Path, text: &str) -> Result<()> {
    let partial = path.with_extension("new");
    fs::write(&partial, text)
        .and_then(|()| fs::rename(&partial, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn read(name: &str) -> Result<Option<Named>> {
    let path = file(name)?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let named = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not what was written there; remove it",
            path.display()
        )
    })?;
    Ok(Some(named))
}

/// Keeps two commands from starting the same cluster; ends with the returned file. One lock serves
/// all names: starts that go on at the same time only slow each other down.
fn lock() -> Result<File> {
    let path = folder()?.join(".lock");
    let file = File::options().create(true).append(true).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

fn file(name: &str) -> Result<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    ensure!(
        !name.is_empty() && name.chars().all(plain),
        "{name:?} is no name for a cluster: letters, digits and - only"
    );
    Ok(folder()?.join(format!("{name}.json")))
}

fn folder() -> Result<PathBuf> {
    let dir = cache_dir()?.join("clusters");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_path_is_refused() {
        for name in ["", "../x", "a/b", "a b"] {
            let error = find(name).unwrap_err().to_string();
            assert!(error.contains("no name for a cluster"), "{error}");
        }
    }

    #[test]
    fn a_cluster_nobody_started_is_not_found_and_taking_it_down_is_nothing() {
        assert_eq!(find("nobody-started-this").unwrap(), None);
        assert_eq!(down("nobody-started-this").unwrap(), Down::None);
    }
}
