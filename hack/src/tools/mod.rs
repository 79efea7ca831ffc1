//! The programs of the local cluster, and Prometheus: which ones, in which versions, and where they
//! lie on this machine.
//!
//! They are built from the Go modules in `hack/tools`, whose `go.mod`s are the only places that name
//! versions, into folders under the user's cache directory. etcd, kube-apiserver and kubectl come
//! from `KUBEBUILDER_ASSETS` where it is set.

mod build;
mod cache;
mod envoy;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

pub use cache::cache_dir;
pub use envoy::envoy;

/// Programs that are built from one Go module when one of them is first needed.
#[derive(Debug)]
struct Set {
    /// The programs, in the order in which they are built.
    tools: &'static [Tool],
    /// The one whose version names the set's folder.
    named_by: Tool,
    go_mod: &'static str,
    /// Folder of the module.
    source: &'static str,
    /// Go's build tags.
    tags: &'static str,
    /// What is said before the build.
    notice: &'static str,
}

static CLUSTER: Set = Set {
    tools: &Tool::CLUSTER,
    named_by: Tool::KubeApiserver,
    go_mod: include_str!("../../tools/go.mod"),
    source: concat!(env!("CARGO_MANIFEST_DIR"), "/tools"),
    tags: "",
    notice: "the local cluster's programs are built once; on two cores that takes about 7 minutes",
};

static PROMETHEUS: Set = Set {
    tools: &[Tool::Promtool, Tool::Prometheus],
    named_by: Tool::Prometheus,
    go_mod: include_str!("../../tools/prometheus/go.mod"),
    source: concat!(env!("CARGO_MANIFEST_DIR"), "/tools/prometheus"),
    // The clients of two dozen clouds are most of what there is to compile.
    tags: "remove_all_sd,enable_kubernetes_sd",
    notice: "Prometheus is built once; on two cores that takes about 3 minutes",
};

/// One program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The store.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The controllers, garbage collector included.
    KubeControllerManager,
    /// The scheduler.
    KubeScheduler,
    /// The client.
    Kubectl,
    /// The nodes that only say they run pods.
    Kwok,
    /// The metrics store; not part of the local cluster.
    Prometheus,
    /// What checks the configuration of the metrics store.
    Promtool,
}

impl Tool {
    /// The programs of the local cluster, in the order in which they are built.
    pub const CLUSTER: [Self; 6] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kubectl,
        Self::Kwok,
    ];

    /// The name of the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubectl => "kubectl",
            Self::Kwok => "kwok",
            Self::Prometheus => "prometheus",
            Self::Promtool => "promtool",
        }
    }

    /// The version that `go.mod` asks for, as `v1.2.3`.
    pub fn version(self) -> Result<&'static str> {
        let (set, module) = (self.set(), self.module());
        required(set.go_mod, module)
            .with_context(|| format!("{}/go.mod does not require {module}", set.source))
    }

    fn set(self) -> &'static Set {
        match self {
            Self::Etcd
            | Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubectl
            | Self::Kwok => &CLUSTER,
            Self::Prometheus | Self::Promtool => &PROMETHEUS,
        }
    }

    fn module(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubectl => "k8s.io/kubernetes",
            Self::Kwok => "sigs.k8s.io/kwok",
            Self::Prometheus | Self::Promtool => "github.com/prometheus/prometheus",
        }
    }

    /// The Go package of its `main`; etcd's is the module itself.
    fn package(self) -> String {
        match self {
            Self::Etcd => self.module().to_owned(),
            Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubectl
            | Self::Kwok
            | Self::Prometheus
            | Self::Promtool => format!("{}/cmd/{}", self.module(), self.name()),
        }
    }

    /// Whether an assets folder of Kubebuilder has this program.
    fn is_an_asset(self) -> bool {
        matches!(self, Self::Etcd | Self::KubeApiserver | Self::Kubectl)
    }
}

/// Where Prometheus or promtool lies. It is built if it is not there, which takes minutes the first
/// time and is said on standard error.
pub fn ensure_prometheus(tool: Tool) -> Result<PathBuf> {
    let cache = folder(&PROMETHEUS)?;
    build::missing(&PROMETHEUS, &cache, |_| false)?;
    Ok(cache.join(tool.name()))
}

/// The folder of a set under the cache.
fn folder(set: &Set) -> Result<PathBuf> {
    Ok(cache_dir()?.join("bin").join(cache::key(set)?))
}

/// The programs of the local cluster, ready to be run.
#[derive(Clone, Debug)]
pub struct Tools {
    cache: PathBuf,
    assets: Option<PathBuf>,
}

impl Tools {
    /// Finds the programs, and builds those that are not there. The first time this takes minutes,
    /// and says so on standard error.
    pub fn ensure() -> Result<Self> {
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").filter(|dir| !dir.is_empty());
        let tools = Self::locate(assets)?;
        build::missing(&CLUSTER, &tools.cache, |tool| tools.is_in_assets(tool))?;
        Ok(tools)
    }

    fn locate(assets: Option<OsString>) -> Result<Self> {
        let assets = assets.map(std::path::absolute).transpose()?;
        let tools = Self {
            cache: folder(&CLUSTER)?,
            assets,
        };
        for tool in Tool::CLUSTER
            .into_iter()
            .filter(|tool| tools.is_in_assets(*tool))
        {
            let path = tools.path(tool);
            ensure!(
                path.is_file(),
                "KUBEBUILDER_ASSETS is set, but there is no {}: unset it, or fill it with setup-envtest",
                path.display()
            );
        }
        Ok(tools)
    }

    /// Where the program lies.
    pub fn path(&self, tool: Tool) -> PathBuf {
        self.dir(tool).join(tool.name())
    }

    /// The version of the program as far as it is known, for people.
    pub fn describe(&self, tool: Tool) -> Result<String> {
        let version = tool.version()?;
        Ok(if self.is_in_assets(tool) {
            "(assets)".into()
        } else {
            version.into()
        })
    }

    /// The folder of a program: the cache's or the assets'.
    pub fn dir(&self, tool: Tool) -> &Path {
        match &self.assets {
            Some(assets) if tool.is_an_asset() => assets,
            Some(_) | None => &self.cache,
        }
    }

    fn is_in_assets(&self, tool: Tool) -> bool {
        self.assets.is_some() && tool.is_an_asset()
    }
}

/// The version a `go.mod` requires of a module: the word after its path, whether or not in a block.
fn required<'a>(go_mod: &'a str, module: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| *word == "require");
        (words.next()? == module)
            .then(|| words.next())
            .flatten()
            .filter(|word| word.starts_with('v'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_pinned_version_and_is_listed_as_a_tool() {
        for tool in CLUSTER.tools.iter().chain(PROMETHEUS.tools) {
            assert!(tool.version().unwrap().starts_with('v'), "{}", tool.name());
            let line = format!("\t{}", tool.package());
            assert!(
                tool.set().go_mod.lines().any(|l| l == line),
                "{line} is no tool of {}",
                tool.set().source
            );
        }
    }

    #[test]
    fn the_version_is_read_from_requirements_only() {
        let text = "module m\n\ntool (\n\ta/b\n)\n\nrequire c/d v0.3.0\n\nrequire (\n\ta/b v1.2.3 // indirect\n)\n";
        assert_eq!(required(text, "a/b"), Some("v1.2.3"));
        assert_eq!(required(text, "c/d"), Some("v0.3.0"));
        assert_eq!(required(text, "e/f"), None);
    }

    #[test]
    fn assets_give_three_programs_and_the_cache_the_others() {
        let tools = Tools {
            cache: "/c".into(),
            assets: Some("/a".into()),
        };
        let paths: Vec<_> = Tool::CLUSTER.iter().map(|tool| tools.path(*tool)).collect();
        let wanted = [
            "/a/etcd",
            "/a/kube-apiserver",
            "/c/kube-controller-manager",
            "/c/kube-scheduler",
            "/a/kubectl",
            "/c/kwok",
        ];
        assert_eq!(paths, wanted.map(PathBuf::from));
    }

    #[test]
    fn an_assets_folder_without_the_programs_is_refused_by_name() {
        let error = Tools::locate(Some("/nowhere".into()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("/nowhere/etcd"), "{error}");
    }
}
