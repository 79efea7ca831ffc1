//! An address as it is typed: `HOST:PORT`, or `http://HOST:PORT/PREFIX`.

use std::fmt::{self, Display};
use std::str::FromStr;

use http::Uri;

/// Where something listens that speaks HTTP without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    authority: String,
    prefix: String,
}

impl Address {
    /// The address of a URL whose path is asked for apart.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            authority: format!("{host}:{port}"),
            prefix: String::new(),
        }
    }

    /// `HOST:PORT`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// What comes before every path.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "HOST:PORT is wanted, or http://HOST:PORT".to_owned();
        let rest = text.strip_prefix("http://").unwrap_or(text);
        if rest.contains("://") {
            return Err(wanted());
        }
        let uri: Uri = format!("http://{rest}").parse().map_err(|_| wanted())?;
        let authority = uri.authority().ok_or_else(wanted)?;
        if authority.host().is_empty() || authority.port_u16().is_none() || uri.query().is_some() {
            return Err(wanted());
        }
        Ok(Self {
            authority: authority.to_string(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_enough() {
        for (typed, read) in [
            ("localhost:15000", "localhost:15000"),
            ("http://127.0.0.1:15014/", "127.0.0.1:15014"),
            ("http://a:1/b/", "a:1/b"),
            ("[::1]:15000", "[::1]:15000"),
        ] {
            assert_eq!(typed.parse::<Address>().unwrap().to_string(), read);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "",
            "localhost",
            ":15000",
            "https://a:1",
            "a:b",
            "a:1?x=y",
            "a b:1",
        ] {
            assert!(
                typed
                    .parse::<Address>()
                    .unwrap_err()
                    .starts_with("HOST:PORT"),
                "{typed}"
            );
        }
    }
}
