//! How the operator itself is installed: CRDs, identity, rights, Deployment and Service.

mod objects;
mod rbac;

pub use objects::{Options, crds, objects};
pub use rbac::{Rule, cluster_role_rules, granted, merged, rules};
