//! A small HTTP server on loopback, whose answers a test gives: istiod's debug interface, for one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

/// Answers by what is asked for, path and query. It serves as long as this process runs.
#[derive(Clone)]
pub struct Pages {
    address: SocketAddr,
    answers: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Pages {
    /// Serves from now on, nothing as yet.
    pub fn serve() -> Result<Self> {
        Self::serve_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// The same at this address.
    pub fn serve_at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let pages = Self {
            address: listener.local_addr()?,
            answers: Arc::default(),
        };
        let served = pages.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who has hung up needs no answer.
                served.answer(&stream).ok();
            }
        });
        Ok(pages)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers this to a path from now on; anything else is not found.
    pub fn set(&self, path: &str, answer: &impl ToString) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), answer.to_string());
    }

    fn answer(&self, mut stream: &TcpStream) -> Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let request = lines.next().context("no request")??;
        while !lines.next().context("no end of the request")??.is_empty() {}
        let path = request.split_whitespace().nth(1).unwrap_or_default();
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, body) = match answers.get(path) {
            Some(body) => ("200 OK", body.as_str()),
            None => ("404 Not Found", "no such page"),
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        Ok(stream.write_all(format!("{head}{body}").as_bytes())?)
    }
}
