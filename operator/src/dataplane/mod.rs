//! What the operator sees of the data plane and does to it: namespaces and injected pods are
//! watched in little memory, and given as one [`mainsheet_core::dataplane::DataPlane`].

mod feed;
mod metadata;
mod pod;
mod seen;
mod watch;

pub use watch::DataPlaneWatch;
