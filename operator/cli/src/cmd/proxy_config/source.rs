//! Where a proxy's configuration comes from: a pod, an admin address, or a file.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cluster::{ClusterArgs, block_on};
use crate::envoy::{Dump, DumpError};
use crate::error::Error;
use crate::input::{name_of, text_of};
use crate::reach::{Address, Place, PodPort, ReachError, Target};

/// The most that is read of a dump; those of the largest meshes have some 100 MB.
const LIMIT: u64 = 1 << 28;

/// Which proxy.
#[derive(Debug, Args)]
pub(crate) struct ProxyArgs {
    /// The pod of the proxy, or what has pods: deployment/NAME, service/NAME, ...
    #[arg(value_name = "[TYPE/]NAME[.NAMESPACE]")]
    pub(super) target: Option<Target>,
    /// Ask this admin interface instead of a pod's
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "target")]
    pub(super) admin_address: Option<Address>,
    /// Port of the admin interface in the pod
    #[arg(long, value_name = "PORT", default_value_t = 15000)]
    proxy_admin_port: u16,
    /// Namespace of the pod [default: that of the context]
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Which proxy, or which dump of one.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Read a config dump instead of asking a proxy; - is stdin
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["target", "admin_address"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    proxy: ProxyArgs,
}

impl ProxyArgs {
    /// Where the admin interface is.
    pub(super) async fn place(&self) -> Result<Place, Error> {
        if let Some(address) = &self.admin_address {
            return Ok(Place::At(address.clone()));
        }
        let Some(target) = &self.target else {
            return Err(Error::Usage(
                "which proxy? give a pod, --admin-address, or a dump by --file where that is possible"
                    .to_owned(),
            ));
        };
        let cluster = self.cluster.connect().await?;
        let (namespace, pod) = target.pod(&cluster, self.namespace.as_deref()).await?;
        Ok(Place::In(PodPort {
            cluster,
            namespace,
            pod,
            port: self.proxy_admin_port,
        }))
    }
}

impl SourceArgs {
    /// Whether a proxy or a dump was named.
    pub(crate) fn is_given(&self) -> bool {
        self.file.is_some() || self.proxy.admin_address.is_some() || self.proxy.target.is_some()
    }

    /// The namespace that was typed.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.proxy.namespace.as_deref()
    }

    /// The cluster in which the proxy is.
    pub(crate) fn cluster(&self) -> &ClusterArgs {
        &self.proxy.cluster
    }

    /// The dump in the file, or what the proxy answers to this path.
    pub(crate) fn read(&self, path: &str) -> Result<Dump, Error> {
        if let Some(file) = &self.file {
            return of_file(file);
        }
        block_on(async {
            let place = self.proxy.place().await?;
            let answer = place.get(path).await?;
            let dump = Dump::parse(&answer).map_err(|error| ReachError::NotUnderstood {
                place: place.name(),
                problem: error.to_string(),
            })?;
            Ok(dump)
        })
    }

    /// What it means that the dump lacks something: a wrong file, or a strange proxy.
    pub(crate) fn unusable(&self, error: &DumpError) -> Error {
        match &self.file {
            Some(file) => Error::Usage(format!("{}: {error}", name_of(file))),
            None => Error::Reach(ReachError::NotUnderstood {
                place: "the proxy".to_owned(),
                problem: error.to_string(),
            }),
        }
    }
}

fn of_file(file: &Path) -> Result<Dump, Error> {
    let text = text_of(file, LIMIT)?;
    Dump::parse(&text).map_err(|error| Error::Usage(format!("{}: {error}", name_of(file))))
}
