//! The workshop of the repository as a library: what `cargo xtask` and the tests of ring 3 share.
//!
//! [`cluster`] starts a Kubernetes control plane on this machine, [`tools`] builds its programs
//! once, [`audit`] reads what was asked of it. Nothing here is part of the product.

pub mod audit;
pub mod cluster;
pub mod poll;
pub mod progress;
pub mod shell;
pub mod tools;
