//! One proxy held against istiod.

use http::StatusCode;

use super::istiods::IstiodArgs;
use crate::cli::Exit;
use crate::cluster::block_on;
use crate::cmd::proxy_config::SourceArgs;
use crate::envoy::Dump;
use crate::error::Error;
use crate::istiod::compare;
use crate::output;
use crate::printer::{Printer, Tone};
use crate::reach::ReachError;

/// Prints what differs; exits with 1 if anything does.
pub(super) fn run(
    source: &SourceArgs,
    istiod: &IstiodArgs,
    printer: &mut Printer,
) -> Result<Exit, Error> {
    let actual = source.read("config_dump")?;
    let id = actual.proxy().map_err(|error| source.unusable(&error))?;
    let wanted = block_on(ask(&id, source, istiod))?;
    let mut same = true;
    for (kind, differences) in compare(&wanted, &actual) {
        let (tone, word) = if differences.is_empty() {
            (Tone::Good, "match")
        } else {
            same = false;
            (Tone::Bad, "differ")
        };
        let line = format!("{kind} {}", printer.toned(tone, word));
        output::line(&line, printer)?;
        for difference in differences {
            output::line(&format!("  {}", difference.describe()), printer)?;
        }
    }
    Ok(if same { Exit::Success } else { Exit::Failure })
}

/// What the istiod to which the proxy is connected would send it now.
async fn ask(id: &str, source: &SourceArgs, args: &IstiodArgs) -> Result<Dump, Error> {
    let istiods = args.find(source.cluster()).await?;
    let path = format!("debug/config_dump?proxyID={id}");
    let mut failed = None;
    for istiod in &istiods {
        match istiod.place.get(&path).await {
            Ok(answer) => {
                let dump = Dump::parse(&answer).map_err(|error| ReachError::NotUnderstood {
                    place: istiod.place.name(),
                    problem: error.to_string(),
                })?;
                return Ok(dump);
            }
            // It may be connected to another one.
            Err(ReachError::Answered {
                status: StatusCode::NOT_FOUND,
                ..
            }) => {}
            Err(error) => failed = Some(error),
        }
    }
    let nowhere = || {
        let names: Vec<&str> = istiods.iter().map(|istiod| istiod.name.as_str()).collect();
        ReachError::NoPod(format!(
            "proxy {id} is not connected to any istiod that was asked: {}",
            names.join(", ")
        ))
    };
    Err(failed.unwrap_or_else(nowhere).into())
}
