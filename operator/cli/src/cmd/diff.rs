//! `mainsheet diff`: what the operator would do.

use clap::{Args, ValueEnum};

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::input::{Adoption, Wish};
use crate::mesh::{Report, foresee, print_plan, remark};
use crate::output::{self, Document};
use crate::printer::Printer;

/// Show what would change in the cluster; exits with 1 when something would.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    adoption: Adoption,
    /// How the plan is written
    #[arg(
        short,
        long,
        value_name = "text|json|yaml",
        hide_possible_values = true,
        default_value = "text"
    )]
    output: Form,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For people
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}

impl Diff {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let mut wanted = self.wish.read()?;
        self.adoption.annotate(&mut wanted);
        let foreseen = block_on(async {
            let cluster = self.cluster.connect().await?;
            // The mesh may run already, in a version that is kept.
            let before = cluster.get_if_served(&wanted.name).await?;
            foresee(&cluster, &wanted, before.as_ref()).await
        })?;
        let plan = &foreseen.plan;
        match self.output {
            Form::Text => print_plan(plan, printer)?,
            Form::Json => output::document(&Report::of(plan), Document::Json, printer)?,
            Form::Yaml => output::document(&Report::of(plan), Document::Yaml, printer)?,
        }
        remark(&wanted.name, &foreseen, printer)?;
        Ok(if plan.is_empty() {
            Exit::Success
        } else {
            Exit::Failure
        })
    }
}
