//! The pure steps of reconciling: plan, health, status, upgrade.
