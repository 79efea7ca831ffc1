//! What the operator sees of the data plane and does to it: namespaces and injected pods are
//! watched in little memory, and given as one [`mainsheet_core::dataplane::DataPlane`]; workloads are
//! restarted, a few at a time, and measured by PromQL.

mod analysis;
mod feed;
mod metadata;
mod pod;
mod restart;
mod seen;
mod watch;

pub use analysis::measure;
pub use restart::{RestartError, Restarts};
pub use watch::DataPlaneWatch;
