//! The cluster as the command line uses it. Everything that asks it anything is here.

mod asks;
mod configuration;
mod connect;
mod edits;
mod error;
mod installations;
mod objects;
mod proxies;
mod writes;

pub(crate) use asks::Right;
pub(crate) use configuration::Unseen;
pub(crate) use connect::{Cluster, ClusterArgs};
pub(crate) use edits::appliers;
pub(crate) use error::ClusterError;
pub(crate) use installations::Apply;
pub(crate) use proxies::Proxies;

use crate::error::Error;

/// Runs what waits for a cluster. One thread is plenty for a terminal.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    runtime.block_on(work)
}
