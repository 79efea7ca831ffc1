//! A cluster's ports on loopback: the API server's, and the nodes' where they can be asked.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// A port that is free now: the wanted one, or any.
///
/// It is free until somebody else takes it, so a start that finds it taken has to pick again.
pub(super) fn pick(wanted: Option<u16>) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.unwrap_or(0)));
    let listener = listener.with_context(|| match wanted {
        Some(port) => format!(
            "port {port} of 127.0.0.1 cannot be used: free it, or ask for another, or for none to get a free one"
        ),
        None => "no free port on 127.0.0.1".to_owned(),
    })?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_port_is_free() {
        let port = pick(None).unwrap();
        assert_ne!(port, 0);
        assert_eq!(pick(Some(port)).unwrap(), port);
    }

    #[test]
    fn a_busy_port_that_was_asked_for_is_named() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();
        let error = pick(Some(port)).unwrap_err().to_string();
        assert!(
            error.contains(&port.to_string()) && error.contains("ask for another"),
            "{error}"
        );
    }
}
