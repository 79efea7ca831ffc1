//! What istiod's debug interface says about the proxies that are connected to it. No client and no
//! clock: texts come in, and `now` where ages are told.

mod compare;
mod syncz;

pub(crate) use compare::compare;
pub(crate) use syncz::{CORE_TYPES, Proxy, Sync, proxies};
