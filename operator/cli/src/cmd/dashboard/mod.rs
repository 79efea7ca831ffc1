//! `mainsheet dashboard`: a page of the mesh in a browser, until Ctrl-C.

mod browser;
mod page;
mod serve;

use std::net::IpAddr;

use clap::{ArgAction, Args};

use crate::cli::Exit;
use crate::cluster::{ClusterArgs, block_on};
use crate::error::Error;
use crate::output;
use crate::printer::Printer;
use crate::reach::{Place, PodPort, Target};
use page::Page;

/// Open a page of the mesh in a browser.
///
/// A port of this machine is forwarded to the pod until Ctrl-C. The address goes to stdout.
#[derive(Debug, Args)]
pub(crate) struct Dashboard {
    /// prometheus, grafana, kiali, jaeger, zipkin, envoy, controlz, istiod-debug
    #[arg(hide_possible_values = true)]
    page: Page,
    /// The pod, or what has pods; envoy needs one, the other pages find theirs
    #[arg(value_name = "[TYPE/]NAME[.NAMESPACE]")]
    target: Option<Target>,
    /// Port on this machine [default: that of the page, or a free one where it is taken]
    #[arg(short, long, value_name = "PORT")]
    port: Option<u16>,
    /// Address on this machine
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// Port of the page in the pod
    #[arg(long, value_name = "PORT")]
    ui_port: Option<u16>,
    /// Open a browser
    #[arg(
        long,
        value_name = "true|false",
        default_value_t = true,
        hide_possible_values = true,
        action = ArgAction::Set,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    browser: bool,
    /// Namespace of the pod [default: where one is found]
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl Dashboard {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Error> {
        block_on(self.serve(printer))?;
        Ok(Exit::Success)
    }

    async fn serve(&self, printer: &mut Printer) -> Result<(), Error> {
        let pod = self.pod().await?;
        // Whether somebody listens is better known before a browser opens. A connection does not
        // tell: it begins before the node has tried.
        Place::In(pod.clone()).probe(self.page.path()).await?;
        let listener = serve::listen(self.address, self.port, pod.port).await?;
        let local = listener.local_addr()?;
        let url = format!("http://{local}{}", self.page.path());
        output::line(&url, printer)?;
        printer.flush()?;
        printer.say(format_args!("forwarded to {pod}; Ctrl-C ends it"));
        if self.browser && printer.is_watched() && !browser::open(&url) {
            printer.warn("no browser could be opened");
        }
        serve::until_interrupted(&listener, &pod, printer).await
    }

    async fn pod(&self) -> Result<PodPort, Error> {
        let cluster = self.cluster.connect().await?;
        let namespace = self.namespace.as_deref();
        let (namespace, pod) = match &self.target {
            Some(target) => target.pod(&cluster, namespace).await?,
            None => self.page.find(&cluster, namespace).await?,
        };
        Ok(PodPort {
            cluster,
            namespace,
            pod,
            port: self.ui_port.unwrap_or(self.page.port()),
        })
    }
}
