//! `mainsheet manifest generate`: a mesh as YAML or JSON, without a cluster.

use std::io::Write;

use clap::Args;
use mainsheet_manifests::{Body, Manifests, Pair, push_yaml, render};
use mainsheet_profiles::{Context, resolve};
use serde_json::Value;

use crate::cli::Exit;
use crate::error::Error;
use crate::input::Wish;
use crate::output::{self, Document};
use crate::printer::Printer;

/// Print the objects of a mesh, as the operator would apply them.
///
/// They stand in the order in which they can be applied. No cluster is asked, so that the version
/// is the newest bundled one unless the spec says otherwise.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    wish: Wish,
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

impl Generate {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let pair = Pair::start();
        let wanted = self.wish.read()?;
        let resolved = resolve(&wanted.name, &wanted.spec, &Context::default())?;
        let manifests = match pair {
            Some(pair) => pair.render(resolved),
            None => render(&resolved),
        }?;
        match self.output {
            Document::Yaml => as_yaml(&manifests, printer)?,
            Document::Json => as_json(&manifests, printer)?,
        }
        Ok(Exit::Success)
    }
}

fn as_yaml(manifests: &Manifests, printer: &mut Printer) -> Result<(), Error> {
    let out = printer.data();
    // One buffer for all: memory that was touched once costs nothing again.
    let mut text = String::new();
    for object in manifests.objects() {
        out.write_all(b"---\n")?;
        match &object.body {
            Body::Rendered(value) => {
                text.clear();
                push_yaml(value, &mut text);
                out.write_all(text.as_bytes())?;
            }
            Body::Bundled(bundled) => bundled.write_labelled(out)?,
        }
    }
    Ok(())
}

fn as_json(manifests: &Manifests, printer: &mut Printer) -> Result<(), Error> {
    let mut items: Vec<Value> = Vec::new();
    for object in manifests.objects() {
        items.push(match &object.body {
            Body::Rendered(value) => value.clone(),
            Body::Bundled(bundled) => serde_saphyr::from_str(&bundled.labelled())
                .map_err(|error| Error::Serialise(Box::new(error)))?,
        });
    }
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    output::document(&list, Document::Json, printer)
}
