//! `mainsheet proxy-status`: all proxies with what istiod has sent them, or one held against istiod.

mod difference;
mod istiods;
mod tables;

use clap::Args;
use mainsheet_operator::run::now;

use super::proxy_config::SourceArgs;
use crate::cli::Exit;
use crate::cluster::block_on;
use crate::error::Error;
use crate::istiod::Proxy;
use crate::output::{self, Document};
use crate::printer::Printer;
use istiods::{Answers, IstiodArgs};

/// Show whether the proxies have taken what istiod has sent them.
///
/// Every running istiod is asked, of all revisions and in all namespaces. With a pod: what the
/// proxy has is held against what istiod means it to have, and the command exits with 1 if they
/// differ.
#[derive(Debug, Args)]
pub(crate) struct ProxyStatus {
    /// Only proxies whose name contains this
    #[arg(long, value_name = "TEXT", conflicts_with = "target")]
    proxy: Option<String>,
    /// How the list is written
    #[arg(
        short,
        long,
        value_name = "table|wide|json|yaml|name",
        hide_possible_values = true,
        default_value = "table",
        conflicts_with_all = ["target", "file", "admin_address"]
    )]
    output: output::Format,
    /// 1 is the same as `-o wide`: a column for each type
    #[arg(short, long, value_name = "0|1", default_value_t = 0, hide = true)]
    verbosity: u8,
    #[command(flatten)]
    istiod: IstiodArgs,
    #[command(flatten)]
    source: SourceArgs,
}

impl ProxyStatus {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        if self.source.is_given() {
            return difference::run(&self.source, &self.istiod, printer);
        }
        let Answers { proxies, silent } = block_on(self.istiod.proxies(self.source.cluster()))?;
        let mut proxies: Vec<Proxy> = proxies.into_iter().filter(|one| self.wants(one)).collect();
        proxies.sort_by(|a, b| (&a.name, &a.istiod).cmp(&(&b.name, &b.istiod)));
        self.print(&proxies, printer)?;
        for error in &silent {
            printer.warn(error);
        }
        Ok(if silent.is_empty() {
            Exit::Success
        } else {
            Exit::Failure
        })
    }

    fn wants(&self, proxy: &Proxy) -> bool {
        let namespace = proxy.name.rsplit_once('.').map(|(_, namespace)| namespace);
        self.proxy
            .as_ref()
            .is_none_or(|text| proxy.name.contains(text))
            && self
                .source
                .namespace()
                .is_none_or(|wanted| namespace == Some(wanted))
    }

    fn print(&self, proxies: &[Proxy], printer: &mut Printer) -> Result<(), Error> {
        match self.output {
            output::Format::Table | output::Format::Wide if proxies.is_empty() => {
                printer.say("no proxies are connected that match");
            }
            output::Format::Table if self.verbosity == 0 => {
                tables::short(proxies).print(printer)?;
            }
            output::Format::Table | output::Format::Wide => {
                tables::wide(proxies, now()).print(printer)?;
            }
            output::Format::Json => output::document(&proxies, Document::Json, printer)?,
            output::Format::Yaml => output::document(&proxies, Document::Yaml, printer)?,
            output::Format::Name => {
                for proxy in proxies {
                    output::line(&proxy.name, printer)?;
                }
            }
        }
        Ok(())
    }
}
