//! A real Prometheus on loopback, and a source of metrics whose values a test sets.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use hack::cluster::Process;
use hack::poll;
use hack::tools::{Tool, ensure_prometheus};
use serde_json::Value;

use crate::{DEADLINE, World, get};

/// A Prometheus outside the cluster. It ends with the world.
pub struct Prometheus {
    address: String,
    process: Process,
}

/// Metrics whose values a test sets, served for Prometheus to scrape.
#[derive(Clone)]
pub struct Gauges {
    address: String,
    values: Arc<Mutex<BTreeMap<String, f64>>>,
}

impl Prometheus {
    /// Starts one with this configuration, and waits until it answers.
    pub fn start(world: &World, configuration: &str) -> Result<Self> {
        let path = world.cluster().dir().join("prometheus.yml");
        std::fs::write(&path, configuration)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(ensure_prometheus(Tool::Prometheus)?);
        command
            .arg(format!("--config.file={}", path.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                world.cluster().dir().join("tsdb").display()
            ))
            .arg(format!("--web.listen-address={address}"));
        let process = world.cluster().spawn("prometheus", &command)?;
        let prometheus = Self { address, process };
        poll::until("Prometheus to be ready", DEADLINE, || {
            ensure!(
                prometheus.process.is_running(),
                "it ended: {}",
                prometheus.log_tail()
            );
            Ok(get(&prometheus.address, "/-/ready")
                .is_ok_and(|(code, _)| code == 200)
                .then_some(()))
        })?;
        Ok(prometheus)
    }

    /// Starts one that scrapes the gauges every second, and waits until it knows a metric of theirs.
    pub fn scraping(world: &World, gauges: &Gauges, metric: &str) -> Result<Self> {
        let configuration = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: gauges\n  \
             static_configs: [{{targets: ['{}']}}]\n",
            gauges.address
        );
        let prometheus = Self::start(world, &configuration)?;
        poll::until("the first sample", DEADLINE, || {
            let answer = prometheus.ask(&format!("/api/v1/query?query={}", encoded(metric)))?;
            let samples = answer["data"]["result"].as_array().map_or(0, Vec::len);
            Ok((samples > 0).then_some(()))
        })?;
        Ok(prometheus)
    }

    /// Its address, as `spec.upgrade.dataPlane.analysis.prometheus.address` wants it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What its API answers to a path.
    pub fn ask(&self, path: &str) -> Result<Value> {
        let (code, body) = get(&self.address, path)?;
        ensure!(code == 200, "{path}: {code} {body}");
        Ok(serde_json::from_str(&body)?)
    }

    /// Its last words.
    pub fn log_tail(&self) -> String {
        self.process.log_tail(20)
    }
}

impl Gauges {
    /// Serves metrics from now on, none as yet.
    pub fn serve() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let gauges = Self {
            address: listener.local_addr()?.to_string(),
            values: Arc::default(),
        };
        let served = gauges.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A scraper that has gone asks again.
                served.answer(&stream).ok();
            }
        });
        Ok(gauges)
    }

    /// Sets a metric.
    pub fn set(&self, metric: &str, value: f64) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert(metric.to_owned(), value);
    }

    fn answer(&self, mut stream: &TcpStream) -> Result<()> {
        let mut lines = BufReader::new(stream).lines();
        while !lines.next().context("no request")??.is_empty() {}
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = values.iter().map(|(name, value)| format!("{name} {value}"));
        let body = lines.chain([String::new()]).collect::<Vec<_>>().join("\n");
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        Ok(stream.write_all(format!("{head}{body}").as_bytes())?)
    }
}

/// A text as it stands in a URL.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}
