//! `mainsheet operator manifests`: what installs the operator, as YAML for kubectl.

use std::io::Write;

use clap::Args;
use mainsheet_operator::install::{Options, objects, rules};
use serde_json::json;

use crate::cli::Exit;
use crate::error::Error;
use crate::output::{self, Document};
use crate::printer::Printer;

/// Print what installs the operator: CRDs, permissions, Deployment.
///
/// mainsheet operator manifests | kubectl apply --server-side -f -
#[derive(Debug, Args)]
pub(crate) struct Manifests {
    /// Image of the operator
    #[arg(long, value_name = "IMAGE", default_value = DEFAULT_IMAGE)]
    image: String,
    /// Namespace of the operator
    #[arg(short, long, value_name = "NAME", default_value = "mainsheet-system")]
    namespace: String,
    /// How many operators run: one leads, the others stand by
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    replicas: u32,
    /// How they are written: YAML as one document an object, JSON as one list
    #[arg(
        short,
        long,
        value_name = "yaml|json",
        hide_possible_values = true,
        default_value = "yaml"
    )]
    output: Document,
}

const DEFAULT_IMAGE: &str = concat!("mainsheet-operator:", env!("CARGO_PKG_VERSION"));

impl Manifests {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let options = Options {
            image: self.image.clone(),
            namespace: self.namespace.clone(),
            replicas: self.replicas,
        };
        let rules = rules().map_err(|error| Error::Serialise(Box::new(error)))?;
        let objects = objects(&options, &rules).map_err(output::serialise)?;
        match self.output {
            Document::Json => {
                let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
                output::document(&list, Document::Json, printer)?;
            }
            Document::Yaml => {
                for object in &objects {
                    printer.data().write_all(b"---\n")?;
                    output::document(object, Document::Yaml, printer)?;
                }
            }
        }
        Ok(Exit::Success)
    }
}
