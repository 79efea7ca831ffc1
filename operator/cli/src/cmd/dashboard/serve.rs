//! A port of this machine, every connection of which goes to a port of a pod.

use std::io::ErrorKind;
use std::net::IpAddr;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::error::Error;
use crate::printer::Printer;
use crate::reach::{PodPort, ReachError};

/// Listens at the port that was asked for, or at this one, or at a free one where it is taken.
pub(super) async fn listen(
    address: IpAddr,
    wanted: Option<u16>,
    usual: u16,
) -> Result<TcpListener, Error> {
    let failed = |port: u16| {
        move |error: std::io::Error| ReachError::Failed {
            place: format!("{address} port {port} to listen there"),
            cause: error.to_string(),
        }
    };
    if let Some(port) = wanted {
        return Ok(TcpListener::bind((address, port))
            .await
            .map_err(failed(port))?);
    }
    match TcpListener::bind((address, usual)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Ok(TcpListener::bind((address, 0)).await.map_err(failed(0))?)
        }
        Err(error) => Err(failed(usual)(error).into()),
    }
}

/// Forwards connections until Ctrl-C. One that fails is said, and the others go on.
pub(super) async fn until_interrupted(
    listener: &TcpListener,
    pod: &PodPort,
    printer: &mut Printer,
) -> Result<(), Error> {
    let mut open = FuturesUnordered::new();
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            done = &mut interrupted => return Ok(done?),
            accepted = listener.accept() => open.push(forward(accepted?.0, pod)),
            Some(ended) = open.next() => {
                if let Err(error) = ended {
                    printer.warn(error);
                }
            }
        }
    }
}

async fn forward(mut near: TcpStream, pod: &PodPort) -> Result<(), ReachError> {
    let mut far = pod.connect().await?;
    // Either side may hang up at any time; browsers do.
    let _ = copy_bidirectional(&mut near, &mut far.stream).await;
    drop(near);
    far.ended(pod).await
}
