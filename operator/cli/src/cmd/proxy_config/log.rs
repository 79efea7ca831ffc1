//! `mainsheet proxy-config log`: the loggers of a proxy and their levels.

use std::io::Write;
use std::str::FromStr;

use clap::Args;

use super::source::ProxyArgs;
use crate::cli::Exit;
use crate::cluster::block_on;
use crate::error::Error;
use crate::printer::Printer;

const LEVELS: [&str; 8] = [
    "trace", "debug", "info", "warning", "warn", "error", "critical", "off",
];

/// What istio's agent starts a proxy with.
const DEFAULT: &str = "warning";

/// Show or set the log levels of the proxy.
///
/// A level for all loggers, as in `--level debug`, or for some, as in
/// `--level http:debug,rbac:trace`.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Set levels: trace, debug, info, warning, error, critical, off
    #[arg(long, value_name = "[LOGGER:]LEVEL,...", value_delimiter = ',')]
    level: Vec<Setting>,
    /// Set every logger back to warning
    #[arg(short, long, conflicts_with = "level")]
    reset: bool,
    #[command(flatten)]
    proxy: ProxyArgs,
}

/// A level for one logger or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    logger: Option<String>,
    level: &'static str,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (logger, level) = match text.split_once(':') {
            Some(("all", level)) => (None, level),
            Some((logger, level)) => (Some(logger), level),
            None => (None, text),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if logger.is_some_and(|name| name.is_empty() || !name.chars().all(plain)) {
            return Err("LOGGER:LEVEL is wanted".to_owned());
        }
        let known = LEVELS.iter().find(|known| **known == level);
        let level = known.ok_or_else(|| {
            format!(
                "there is no level {level:?}; allowed: {}",
                LEVELS.join(", ")
            )
        })?;
        Ok(Self {
            logger: logger.map(str::to_owned),
            level,
        })
    }
}

impl Log {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        let paths = self.paths()?;
        let levels = block_on(async {
            let place = self.proxy.place().await?;
            let mut levels = String::new();
            for path in &paths {
                levels = place.post(path).await?;
            }
            Ok(levels)
        })?;
        // Envoy's own words, as istioctl prints them.
        printer.data().write_all(levels.as_bytes())?;
        Ok(Exit::Success)
    }

    /// What is to be sent, one after the other; the last answer has all levels.
    fn paths(&self) -> Result<Vec<String>, Error> {
        if self.reset {
            return Ok(vec![format!("logging?level={DEFAULT}")]);
        }
        let all: Vec<&Setting> = self
            .level
            .iter()
            .filter(|one| one.logger.is_none())
            .collect();
        let mut paths = match all.as_slice() {
            [] => Vec::new(),
            [one] => vec![format!("logging?level={}", one.level)],
            _ => {
                let message = "--level: more than one level for all loggers; give one";
                return Err(Error::Usage(message.to_owned()));
            }
        };
        let some = self.level.iter().filter_map(|one| {
            one.logger
                .as_ref()
                .map(|logger| format!("{logger}:{}", one.level))
        });
        let some: Vec<String> = some.collect();
        if !some.is_empty() {
            paths.push(format!("logging?paths={}", some.join(",")));
        }
        if paths.is_empty() {
            paths.push("logging".to_owned());
        }
        Ok(paths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_all_loggers_or_for_one() {
        let read = |text: &str| text.parse::<Setting>();
        assert_eq!(read("debug").unwrap().logger, None);
        assert_eq!(read("all:debug").unwrap().logger, None);
        assert_eq!(read("http:trace").unwrap().logger.as_deref(), Some("http"));
        assert!(read("http:loud").unwrap_err().contains("\"loud\""));
        assert!(read(":debug").unwrap_err().contains("is wanted"));
        assert!(read("a&b:debug").is_err());
    }
}
