//! What the operator sees of the cluster: every object that carries Mainsheet's label, kept
//! current by watches and cut down as it arrives. Reads cost no request.

mod feed;
mod store;
mod whole;

pub use feed::{Caches, describe};
pub use store::Store;
