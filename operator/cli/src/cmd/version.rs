//! `mainsheet version`.

use clap::Args;
use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_profiles::catalogue::RELEASES;
use serde::Serialize;

use super::manifest::stage;
use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, Proxies, block_on};
use crate::error::Error;
use crate::mesh::{Verdict, verdict};
use crate::output::{self, Document};
use crate::printer::Printer;

/// Show the versions of this command, of Istio, and of the meshes in the cluster.
#[derive(Debug, Args)]
pub(crate) struct Version {
    /// Ask no cluster
    #[arg(long)]
    client: bool,
    /// Write a document instead of lines
    #[arg(short, long, value_name = "yaml|json", hide_possible_values = true)]
    output: Option<Document>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

#[derive(Debug, Serialize)]
struct Versions {
    client: &'static str,
    istio: Vec<Bundled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<InCluster>,
}

#[derive(Debug, Serialize)]
struct Bundled {
    version: String,
    stage: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InCluster {
    kubernetes: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operators: Vec<Operator>,
    meshes: Vec<Mesh>,
    /// Live proxies; absent where pods may not be listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_plane: Option<Vec<Proxies>>,
}

#[derive(Debug, Serialize)]
struct Operator {
    namespace: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct Mesh {
    name: String,
    version: Option<String>,
    revision: Option<String>,
    ready: bool,
}

impl Version {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let asked = if self.client {
            Ok(None)
        } else {
            block_on(self.ask()).map(Some)
        };
        let (cluster, error) = match asked {
            Ok(cluster) => (cluster, None),
            Err(error) => (None, Some(error)),
        };
        let versions = Versions {
            client: env!("CARGO_PKG_VERSION"),
            istio: bundled(),
            cluster,
        };
        match self.output {
            Some(form) => output::document(&versions, form, printer)?,
            None => print(&versions, printer)?,
        }
        match error {
            None => Ok(Exit::Success),
            // That there is no cluster to ask is no failure.
            Some(Error::Cluster(
                error @ (ClusterError::NoKubeconfig(_) | ClusterError::Unreachable { .. }),
            )) => {
                printer.say(format_args!("no cluster was asked: {error}"));
                Ok(Exit::Success)
            }
            Some(error) => Err(error),
        }
    }

    async fn ask(&self) -> Result<InCluster, Error> {
        let cluster = self.cluster.connect().await?;
        let kubernetes = cluster.kubernetes().await?;
        let meshes = match cluster.list().await {
            Ok(installations) => installations.iter().map(mesh).collect(),
            Err(ClusterError::NoCrd) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let data_plane = match cluster.proxies().await {
            Ok(proxies) => Some(proxies),
            // Who may not list pods is told the rest.
            Err(ClusterError::Refused { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(InCluster {
            kubernetes,
            operators: operators(&cluster).await?,
            meshes,
            data_plane,
        })
    }
}

async fn operators(cluster: &Cluster) -> Result<Vec<Operator>, ClusterError> {
    let path =
        "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dmainsheet-operator";
    let deployments = match cluster.list_at(path).await {
        Ok(deployments) => deployments,
        Err(ClusterError::Refused { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let operator = |deployment: &serde_json::Value| {
        let image = deployment.pointer("/spec/template/spec/containers/0/image")?;
        let (_, version) = image.as_str()?.rsplit_once(':')?;
        Some(Operator {
            namespace: deployment["metadata"]["namespace"].as_str()?.to_owned(),
            version: version.to_owned(),
        })
    };
    Ok(deployments.iter().filter_map(operator).collect())
}

fn bundled() -> Vec<Bundled> {
    RELEASES
        .iter()
        .map(|release| Bundled {
            version: release.to_string(),
            stage: stage(release.stage),
        })
        .collect()
}

fn mesh(installation: &MeshInstallation) -> Mesh {
    let status = installation.status.as_ref();
    Mesh {
        name: installation.name_any(),
        version: status.and_then(|status| status.version.clone()),
        revision: status.and_then(|status| status.revision.clone()),
        ready: verdict(installation) == Verdict::Ready,
    }
}

fn print(versions: &Versions, printer: &mut Printer) -> std::io::Result<()> {
    let istio: Vec<String> = versions
        .istio
        .iter()
        .map(|bundled| match bundled.stage {
            "current" => bundled.version.clone(),
            stage => format!("{} ({stage})", bundled.version),
        })
        .collect();
    printer.fact(format_args!("mainsheet:   {}", versions.client))?;
    printer.fact(format_args!("Istio:       {}", istio.join(", ")))?;
    let Some(cluster) = &versions.cluster else {
        return Ok(());
    };
    printer.fact(format_args!("Kubernetes:  {}", cluster.kubernetes))?;
    for operator in &cluster.operators {
        let (version, namespace) = (&operator.version, &operator.namespace);
        printer.fact(format_args!("operator:    {version} in {namespace}"))?;
    }
    if cluster.meshes.is_empty() {
        printer.fact("mesh:        none")?;
    }
    for mesh in &cluster.meshes {
        let unknown = "unknown".to_owned();
        let version = mesh.version.as_ref().unwrap_or(&unknown);
        let revision = mesh.revision.as_ref().unwrap_or(&unknown);
        let ready = if mesh.ready { "ready" } else { "not ready" };
        printer.fact(format_args!(
            "mesh:        {}: Istio {version}, revision {revision}, {ready}",
            mesh.name
        ))?;
    }
    for proxies in cluster.data_plane.iter().flatten() {
        let Proxies {
            version,
            revision,
            pods,
        } = proxies;
        let noun = if *pods == 1 { "proxy" } else { "proxies" };
        printer.fact(format_args!(
            "data plane:  {pods} {noun} of Istio {version}, revision {revision}"
        ))?;
    }
    Ok(())
}
