//! `extensions.istio.io`: code of one's own inside the proxies.

pub mod traffic_extension;
pub mod wasm;
pub mod wasm_plugin;

pub use traffic_extension::{TrafficExtension, TrafficExtensionSpec};
pub use wasm_plugin::{WasmPlugin, WasmPluginSpec};
