//! What the tests of rendering share.

use mainsheet_manifests::{Body, Manifests, Object, render};
use mainsheet_profiles::{Context, ResolveError, parse_spec, resolve};
use serde_json::Value;

/// Resolves and renders a spec, or says why it is refused.
#[allow(clippy::expect_used, reason = "part of the tests")]
pub(crate) fn rendered(spec: &Value) -> Result<Manifests, ResolveError> {
    let spec = parse_spec(spec)?;
    let resolved = resolve("mesh", &spec, &Context::default())?;
    Ok(render(&resolved).expect("what resolves is rendered"))
}

/// What was rendered from templates: CRDs are bundled and tested where they are made.
pub(crate) fn objects(manifests: &Manifests) -> impl Iterator<Item = (&Object, &Value)> {
    manifests
        .objects()
        .iter()
        .filter_map(|object| match &object.body {
            Body::Rendered(value) => Some((object, value)),
            Body::Bundled(_) => None,
        })
}
