//! `mainsheet bug-report`: an archive of what a maintainer needs, without secrets.

mod archive;
mod collect;
mod part;
mod redact;

use std::path::PathBuf;

use clap::Args;
use mainsheet_operator::run::now;
use mainsheet_profiles::catalogue::RELEASES;

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::output;
use crate::printer::Printer;
use crate::table::Table;
use archive::Archive;
use collect::{Collected, collect};
use part::Part;

/// Pack an archive with what a maintainer needs.
///
/// Secrets are not read, and what looks like a password, a token or a key is taken out of the rest.
/// What cannot be read is listed in errors.txt in the archive. Look through it all the same before
/// you give it to anybody: names of hosts and namespaces are in it.
#[derive(Debug, Args)]
pub(crate) struct BugReport {
    /// File to write [default: mainsheet-bug-report-TIME.tar.gz]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List what would be in it, and ask no cluster
    #[arg(long)]
    dry_run: bool,
    /// How many lines of each log
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    log_lines: u32,
    /// Namespace of the operator
    #[arg(long, value_name = "NAME", default_value = "mainsheet-system")]
    operator_namespace: String,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl BugReport {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        if self.dry_run {
            let mut table = Table::new(["FILE", "WHAT"]);
            for part in Part::all() {
                table.row([part.path().into(), part.what().into()]);
            }
            table.print(printer)?;
            return Ok(Exit::Success);
        }
        let time = now();
        let name = format!("mainsheet-bug-report-{}", time.strftime("%Y%m%d-%H%M%S"));
        let file = self
            .output
            .clone()
            .unwrap_or_else(|| format!("{name}.tar.gz").into());
        let mut archive = Archive::create(&file, &name, time)?;
        let packed = block_on(self.pack(&mut archive, printer)).and_then(|missing| {
            archive.finish()?;
            Ok(missing)
        });
        let missing = packed.inspect_err(|_| {
            // Half an archive is of no use; that it stays behind is the lesser evil.
            let _ = std::fs::remove_file(&file);
        })?;
        if missing > 0 {
            printer.warn(format_args!(
                "{missing} parts could not be read; errors.txt in the archive says why"
            ));
        }
        output::line(&file.display().to_string(), printer)?;
        Ok(Exit::Success)
    }

    /// Packs all parts, and returns how many are missing. That the cluster cannot be asked at all is
    /// an error.
    async fn pack(&self, archive: &mut Archive, printer: &mut Printer) -> Result<usize, Error> {
        let cluster = self.cluster.connect().await?;
        let kubernetes = cluster.kubernetes().await?;
        archive.add("versions.txt", &versions(&kubernetes))?;
        let mut errors = Vec::new();
        for part in Part::all() {
            printer.say(format_args!("collecting {}", part.what()));
            let Collected { files, failed } = collect(part, self, &cluster).await;
            for (path, text) in files {
                archive.add(&path, &text)?;
            }
            errors.extend(
                failed
                    .into_iter()
                    .map(|error| format!("{}: {error}\n", part.path())),
            );
        }
        if !errors.is_empty() {
            archive.add("errors.txt", &errors.concat())?;
        }
        Ok(errors.len())
    }
}

fn versions(kubernetes: &str) -> String {
    let istio: Vec<String> = RELEASES.iter().map(ToString::to_string).collect();
    let istio = istio.join(", ");
    format!(
        "mainsheet: {}\nIstio: {istio}\nKubernetes: {kubernetes}\n",
        env!("CARGO_PKG_VERSION")
    )
}
