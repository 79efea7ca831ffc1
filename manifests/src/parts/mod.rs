//! The parts of a mesh, each as the objects that it consists of.

mod addons;
mod base;
mod cni;
mod config;
mod gateway;
pub(crate) mod injector;
pub(crate) mod istiod;
mod pilot;
mod rights;
mod webhooks;
mod ztunnel;

use mainsheet_profiles::{Component, ComponentKind};

use crate::draft::Draft;
use crate::mesh::Mesh;
use crate::render::RenderError;

/// The objects of a component.
pub(crate) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Result<Vec<Draft>, RenderError> {
    Ok(match component.kind {
        ComponentKind::Base => base::drafts(mesh, component),
        ComponentKind::Pilot => pilot::drafts(mesh, component)?,
        ComponentKind::Cni => cni::drafts(mesh, component),
        ComponentKind::Ztunnel => ztunnel::drafts(mesh, component),
        ComponentKind::Ingress | ComponentKind::Egress => gateway::drafts(mesh, component),
        ComponentKind::Addon(addon) => addons::drafts(mesh, component, addon)?,
    })
}
