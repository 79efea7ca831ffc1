//! `mainsheet kube-inject`: workloads in, injected workloads out.

mod documents;
mod injector;
mod review;
mod webhook;
mod workload;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use mainsheet_manifests::to_yaml;
use serde_json::Value;

use crate::cli::Exit;
use crate::cluster::{Cluster, ClusterArgs, block_on};
use crate::error::Error;
use crate::input::{LIMIT, expanded, name_of, parsed, text_of};
use crate::printer::Printer;
use documents::{Piece, pieces};
use injector::{Injector, labels_of, webhooks};
use webhook::Labels;
use workload::{Workload, workloads};

/// Add the sidecar to workloads in YAML files.
///
/// The istiod of the cluster is asked, through the webhook that would take the pods, or that of
/// --revision. Documents that make no pods come out as they went in.
#[derive(Debug, Args)]
pub(crate) struct KubeInject {
    /// File or folder with workloads; - is stdin
    #[arg(short = 'f', long = "filename", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Ask the istiod of this revision or tag [default: whose webhook would take the pods]
    #[arg(long, value_name = "NAME")]
    revision: Option<String>,
    /// Namespace of objects that name none [default: that of the context]
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// What was asked of the cluster once.
struct Asked<'a> {
    cluster: Cluster,
    namespace: String,
    revision: Option<&'a str>,
    webhooks: Vec<MutatingWebhookConfiguration>,
    labels: BTreeMap<String, Labels>,
}

impl KubeInject {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let mut texts = Vec::new();
        for path in &self.files {
            for file in expanded(path)? {
                texts.push((name_of(&file), text_of(&file, LIMIT)?));
            }
        }
        // Half of it could be taken for the whole, as by `kubectl apply -f -`.
        let injected = block_on(self.inject(&texts, printer))?;
        printer.data().write_all(injected.as_bytes())?;
        Ok(Exit::Success)
    }

    async fn inject(
        &self,
        texts: &[(String, String)],
        printer: &mut Printer,
    ) -> Result<String, Error> {
        let cluster = self.cluster.connect().await?;
        let default = cluster.client.default_namespace().to_owned();
        let mut asked = Asked {
            webhooks: webhooks(&cluster).await?,
            namespace: self.namespace.clone().unwrap_or(default),
            revision: self.revision.as_deref(),
            labels: BTreeMap::new(),
            cluster,
        };
        let mut out = String::new();
        for (file, text) in texts {
            // Files follow each other as documents do.
            if !out.is_empty() && !text.starts_with("---") {
                out += if out.ends_with('\n') {
                    "---\n"
                } else {
                    "\n---\n"
                };
            }
            let mut number = 0;
            for piece in pieces(text) {
                match piece {
                    Piece::Marker(line) => out += line,
                    Piece::Document(text) => {
                        number += 1;
                        let place = format!("{file}, document {number}");
                        out += &asked.document(text, &place, printer).await?;
                    }
                }
            }
        }
        Ok(out)
    }
}

impl Asked<'_> {
    /// A document with its workloads injected; as it was where there is none.
    async fn document(
        &mut self,
        text: &str,
        place: &str,
        printer: &mut Printer,
    ) -> Result<String, Error> {
        let Some(mut document) = parsed(text, place)?.into_iter().next() else {
            return Ok(text.to_owned());
        };
        let mut changed = false;
        for workload in workloads(&document, &self.namespace) {
            let failed = |problem: String| Error::Inject {
                place: format!("{place}: {}", workload.title()),
                problem,
            };
            match workload.pod(&document).map_err(failed)? {
                Err(left) => printer.warn(format_args!(
                    "{place}: {} is left as it is: it {}",
                    workload.title(),
                    left.describe()
                )),
                Ok(pod) => {
                    let answer = self.ask(&workload, &pod).await;
                    let answer =
                        answer.map_err(|error| failed(mainsheet_operator::describe(&error)))?;
                    match review::answered(&pod, &answer).map_err(failed)? {
                        Some(injected) => {
                            workload.put(&mut document, injected);
                            changed = true;
                        }
                        None => printer.warn(format_args!(
                            "{place}: {} is left as it is: its istiod injects nothing into it",
                            workload.title()
                        )),
                    }
                }
            }
        }
        Ok(if changed {
            to_yaml(&document)
        } else {
            text.to_owned()
        })
    }

    async fn ask(&mut self, workload: &Workload, pod: &Value) -> Result<String, Error> {
        let namespace = workload.namespace();
        if !self.labels.contains_key(namespace) {
            let labels = labels_of(&self.cluster, namespace).await?;
            self.labels.insert(namespace.to_owned(), labels);
        }
        let none = Labels::new();
        let of_namespace = self.labels.get(namespace).unwrap_or(&none);
        let of_pod = serde_json::from_value(pod["metadata"]["labels"].clone()).unwrap_or_default();
        let chosen = webhook::choose(&self.webhooks, self.revision, of_namespace, &of_pod);
        let injector = Injector::at(&self.cluster, chosen.map_err(Error::Refused)?).await?;
        Ok(injector.review(review::question(pod, namespace)).await?)
    }
}
