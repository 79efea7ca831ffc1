//! The MeshInstallation operator: observe, apply, watch.
