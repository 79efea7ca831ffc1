//! What the operator sees of the data plane and does to it: namespaces and injected pods are
//! watched in little memory, and given as one [`mainsheet_core::dataplane::DataPlane`]; workloads are
//! restarted, a few at a time, and measured by PromQL; control planes are asked for their proxies.

mod analysis;
mod connected;
mod feed;
mod metadata;
mod pod;
mod restart;
mod seen;
mod watch;

pub use analysis::measure;
pub use connected::connected;
pub use restart::{RestartError, Restarts};
pub use watch::DataPlaneWatch;
