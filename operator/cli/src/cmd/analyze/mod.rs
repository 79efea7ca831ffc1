//! `mainsheet analyze`: mistakes in Istio configuration, in files and in the cluster.

mod files;
mod print;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mainsheet_analysis::source::Written;
use mainsheet_analysis::{Analysis, Builder, Level, Scope, Snapshot, Suppression, analyze, level};

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, ClusterError, Unseen, block_on};
use crate::error::Error;
use crate::input::InputError;
use crate::printer::Printer;

/// Look for mistakes in Istio configuration, in files and in the cluster.
///
/// Files are laid over what the cluster has, as if they were applied. Exits with 79 when something
/// at or above the failure threshold is found. Messages have Istio's own codes.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(crate) struct Analyze {
    /// Files and folders to analyse; `-` is stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Look at the cluster too [default: if there is a kubeconfig]
    #[arg(short = 'k', long, value_name = "true|false", hide_possible_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    use_kube: Option<bool>,
    /// Namespace to speak of, and of objects without one [default: the context's]
    #[arg(short, long, value_name = "NAME", conflicts_with = "all_namespaces")]
    namespace: Option<String>,
    /// Speak of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Namespace of the control plane
    #[arg(
        short,
        long,
        value_name = "NAME",
        alias = "istioNamespace",
        default_value = "istio-system"
    )]
    istio_namespace: String,
    /// Only what this revision of the control plane reads
    #[arg(short, long, value_name = "REVISION")]
    revision: Option<String>,
    /// File with the mesh configuration, in place of the cluster's
    #[arg(long, value_name = "FILE", alias = "meshConfigFile")]
    mesh_config: Option<PathBuf>,
    /// Silence a code for some objects, such as "IST0103=Pod *.testing"
    #[arg(short = 'S', long, value_name = "CODE=OBJECT")]
    suppress: Vec<Suppression>,
    /// Least level that is a failure
    #[arg(long, value_name = "info|warning|error", default_value = "error", value_parser = parse_level)]
    failure_threshold: Level,
    /// Least level that is written
    #[arg(long, value_name = "info|warning|error", default_value = "info", value_parser = parse_level)]
    output_threshold: Level,
    /// How messages are written
    #[arg(
        short,
        long,
        value_name = "log|json|yaml",
        hide_possible_values = true,
        default_value = "log"
    )]
    output: Form,
    /// Pass over documents that cannot be read
    #[arg(long)]
    ignore_unknown: bool,
    /// Folders are always read with all that is below them; accepted as istioctl accepts it
    #[arg(short = 'R', long)]
    recursive: bool,
    /// List the analyzers, and analyse nothing
    #[arg(short = 'L', long)]
    list_analyzers: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A line each
    Log,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}

/// What is to be analysed.
struct Seen {
    snapshot: Snapshot,
    /// Namespace that is meant where none is named.
    namespace: String,
    /// Whether a cluster was looked at.
    is_live: bool,
}

/// What was analysed, and what came of it.
struct Done {
    analysis: Analysis,
    /// What the analysis is of, in words.
    of: String,
}

fn parse_level(text: &str) -> Result<Level, String> {
    level(text).ok_or_else(|| "allowed: info, warning, error".to_owned())
}

impl Analyze {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        if self.list_analyzers {
            print::analyzers(printer)?;
            return Ok(Exit::Success);
        }
        for unknown in self.suppress.iter().filter(|one| !one.is_known()) {
            printer.warn(format_args!(
                "--suppress {}: no message has this code",
                unknown.code
            ));
        }
        let (written, unreadable) = files::read(&self.files)?;
        let mesh_config = self.mesh_config.as_deref().map(files::mesh_config);
        let mesh_config = mesh_config.transpose()?;
        // One runtime for all that is asked: a client ends with the one that it was made in.
        let Seen {
            snapshot,
            namespace,
            is_live,
        } = block_on(self.gather(written, mesh_config, printer))?;
        if let Some(name) = &self.namespace
            && is_live
            && !snapshot.knows_namespace(name)
        {
            return Err(Error::Usage(format!(
                "--namespace {name}: the cluster has no such namespace"
            )));
        }
        let scope = self.scope(is_live, &namespace);
        let done = Done {
            analysis: analyze(&snapshot, &scope),
            of: self.subject(is_live, &scope),
        };
        self.finish(&done, unreadable, printer)
    }

    /// What the files hold, and the cluster with it if it is to be looked at.
    async fn gather(
        &self,
        written: Vec<Written>,
        mesh_config: Option<serde_json::Value>,
        printer: &mut Printer,
    ) -> Result<Seen, Error> {
        let cluster = self.look(printer).await?;
        let namespace = self.namespace_of(cluster.as_ref());
        let mut builder = Builder::new(&namespace)
            .istio_namespace(&self.istio_namespace)
            .revision(self.revision.as_deref())
            .mesh_config(mesh_config);
        match &cluster {
            Some(cluster) => {
                self.add_cluster(cluster, written, &mut builder, printer)
                    .await?;
            }
            None => {
                for one in written {
                    builder.file(one);
                }
            }
        }
        Ok(Seen {
            snapshot: builder.build(),
            namespace,
            is_live: cluster.is_some(),
        })
    }

    /// The cluster, if it is to be looked at.
    async fn look(&self, printer: &mut Printer) -> Result<Option<Cluster>, Error> {
        if self.use_kube == Some(false) {
            if self.files.is_empty() {
                return Err(Error::Usage(
                    "nothing to analyse: give files, or leave --use-kube=false out".to_owned(),
                ));
            }
            return Ok(None);
        }
        let asked_for = self.use_kube == Some(true) || self.files.is_empty();
        match self.cluster.connect().await {
            Ok(cluster) => Ok(Some(cluster)),
            Err(error @ ClusterError::NoKubeconfig(_)) if !asked_for => {
                printer.say(format_args!("no cluster is looked at: {error}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn namespace_of(&self, cluster: Option<&Cluster>) -> String {
        let of_context = cluster.map_or("default", |cluster| cluster.client.default_namespace());
        self.namespace
            .clone()
            .unwrap_or_else(|| of_context.to_owned())
    }

    async fn add_cluster(
        &self,
        cluster: &Cluster,
        written: Vec<Written>,
        builder: &mut Builder,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let namespace = &self.istio_namespace;
        let mut unseen = cluster.configuration(namespace, builder).await?;
        for one in written {
            builder.file(one);
        }
        unseen.extend(cluster.secrets(namespace, builder).await?);
        for Unseen { kind, why } in unseen {
            printer.warn(format_args!(
                "{why}; what needs {} is not checked",
                kind.plural()
            ));
        }
        Ok(())
    }

    fn scope(&self, is_live: bool, namespace: &str) -> Scope {
        let all = self.all_namespaces || (!is_live && self.namespace.is_none());
        Scope {
            namespaces: if all {
                Vec::new()
            } else {
                vec![namespace.to_owned()]
            },
            all_files: self.namespace.is_none(),
            suppressed: self.suppress.clone(),
        }
    }

    /// What is analysed, in words.
    fn subject(&self, is_live: bool, scope: &Scope) -> String {
        let mut parts: Vec<String> = self.files.iter().map(|path| files::name_of(path)).collect();
        if is_live {
            parts.push(match scope.namespaces.as_slice() {
                [] => "all namespaces".to_owned(),
                names => format!("namespace {}", names.join(", ")),
            });
        }
        parts.join(", ")
    }

    fn finish(
        &self,
        done: &Done,
        unreadable: Vec<String>,
        printer: &mut Printer,
    ) -> Result<Exit, Error> {
        let messages = &done.analysis.messages;
        let shown: Vec<_> = messages
            .iter()
            .filter(|message| message.level() >= self.output_threshold)
            .collect();
        match self.output {
            Form::Log => print::lines(&shown, printer)?,
            Form::Json => print::document(&shown, crate::output::Document::Json, printer)?,
            Form::Yaml => print::document(&shown, crate::output::Document::Yaml, printer)?,
        }
        let failed = messages.iter().any(|m| m.level() >= self.failure_threshold);
        let unreadable = if self.ignore_unknown {
            Vec::new()
        } else {
            unreadable
        };
        match messages.len() {
            0 if unreadable.is_empty() => print::nothing(&done.of, printer),
            found if shown.is_empty() && found > 0 => printer.say(format_args!(
                "{found} found, all below --output-threshold {}",
                self.output_threshold.as_str().to_lowercase()
            )),
            _ => {}
        }
        match (unreadable.is_empty(), failed) {
            (true, false) => Ok(Exit::Success),
            (true, true) => Ok(Exit::Findings),
            (false, failed) => {
                let error = Error::Input(InputError::Findings(unreadable));
                if !failed {
                    return Err(error);
                }
                printer.error(&error);
                Ok(Exit::Findings)
            }
        }
    }
}
