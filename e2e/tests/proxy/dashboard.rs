//! `dashboard`: pages in pods, at an address of this machine until Ctrl-C.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, ensure};
use hack::{poll, shell};
use mainsheet_e2e::{DEADLINE, Envoy, Prometheus, World};
use serde_json::Value;

use super::{pod_of, written};

/// A dashboard that runs. It ends with the value.
struct Page {
    child: Child,
    address: String,
}

impl Page {
    /// Starts it, and reads its address, or else what it says.
    fn try_open(world: &World, words: &[&str]) -> Result<Result<Self, String>> {
        let mut child = world
            .mainsheet(&[&["dashboard", "--browser=false", "--port", "0"], words].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let stdout = child.stdout.take().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut url)?;
        let Some(address) = url.trim().strip_prefix("http://") else {
            let output = child.wait_with_output()?;
            return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        };
        let address = address.to_owned();
        Ok(Ok(Self { child, address }))
    }

    /// The same, once its port is forwarded.
    fn open(world: &World, words: &[&str]) -> Result<Self> {
        poll::until("the page", DEADLINE, || {
            let opened = Self::try_open(world, words)?;
            let words_of_node = opened.as_ref().err();
            ensure!(
                words_of_node.is_none_or(|said| said.contains("no forward found")),
                "{words:?}: {words_of_node:?}"
            );
            Ok(opened.ok())
        })
    }

    /// What it says and how it ends when somebody presses Ctrl-C.
    fn interrupt(mut self, pod: &str) -> Result<()> {
        shell::signal("INT", self.child.id())?;
        let mut said = String::new();
        let stderr = self.child.stderr.take().context("no stderr")?;
        BufReader::new(stderr).read_to_string(&mut said)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "{status}: {said}");
        ensure!(
            said == format!("forwarded to pod {pod}; Ctrl-C ends it\n"),
            "{said}"
        );
        ensure!(
            TcpStream::connect(&self.address).is_err(),
            "{} is still open",
            self.address
        );
        Ok(())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a page answers, its length known from the head: kwok's nodes do not pass on that a server
/// has hung up before its client has, as others do.
fn answer(address: &str, path: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(reader.read_line(&mut head)? > 0, "no answer: {head}");
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .with_context(|| format!("no length: {head}"))?;
    let mut body = vec![0; length.parse()?];
    reader.read_exact(&mut body)?;
    Ok((head, String::from_utf8(body)?))
}

/// A page that nobody would see is not announced.
pub(super) fn a_page_behind_no_port_is_refused(world: &World) -> Result<()> {
    let words = ["controlz", "deploy/istiod.istio-system"];
    let said = Page::try_open(world, &words)?.err();
    let said = said.context("it tells an address")?;
    ensure!(
        said.contains("cannot forward a port to pod istio-system/istiod-")
            && said.contains("no forward found"),
        "{said}"
    );
    Ok(())
}

pub(super) fn prometheus_is_shown(world: &World, prometheus: &Prometheus) -> Result<()> {
    let labels = "--labels=app.kubernetes.io/name=prometheus";
    world.kubectl(&["create", "namespace", "telemetry"])?;
    world.kubectl(&[
        "run",
        "metrics",
        "-n",
        "telemetry",
        "--image=prometheus",
        labels,
    ])?;
    pod_of(world, "telemetry", "app.kubernetes.io/name=prometheus")?;
    let real = prometheus.url().replace("http://", "").parse()?;
    world
        .cluster()
        .forward("telemetry", "metrics", &[(9090, real)])?;
    let page = Page::open(world, &["prometheus"])?;
    let (_, body) = answer(&page.address, "/api/v1/status/buildinfo")?;
    let info: Value = serde_json::from_str(&body)?;
    ensure!(info["status"] == "success", "{body}");
    // As browsers do: several at once, and some that hang up.
    let waiting = [(); 4].map(|()| TcpStream::connect(&page.address));
    let (healthy, _) = answer(&page.address, "/-/healthy")?;
    ensure!(healthy.contains("200 OK"), "{healthy}");
    drop(waiting);
    page.interrupt("telemetry/metrics port 9090")
}

pub(super) fn a_proxy_is_shown(world: &World, envoy: &Envoy) -> Result<()> {
    let page = Page::open(world, &["envoy", "deploy/web.shop"])?;
    let all = |address: &str| written(world, &["pc", "all", "--admin-address", address]);
    ensure!(
        all(&page.address)? == all(envoy.admin())?,
        "another proxy answers"
    );
    let pod = pod_of(world, "shop", "app=web")?;
    page.interrupt(&format!("shop/{pod} port 15000"))
}
