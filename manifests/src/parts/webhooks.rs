//! Validation: webhooks that ask istiod, and policies that refuse what is not stable.

use serde_json::{Value, json};

use crate::Wave;
use crate::draft::Draft;
use crate::mesh::Mesh;

/// A validation webhook. The view says its name, labels, webhook, service and revision.
pub(super) fn validator(mesh: &Mesh<'_>, mut view: Value) -> Draft {
    let bundle = mesh.get("base.validationCABundle");
    // With a bundle of one's own istiod leaves the webhook alone; without one it fails open until
    // istiod has seen that it answers, and closes it then.
    let policy = match (
        mesh.text("base.validationCABundle"),
        mesh.text("base.validationFailurePolicy"),
    ) {
        ("", "") => "Ignore",
        ("", policy) => policy,
        _ => "Fail",
    };
    view["namespace"] = json!(mesh.resolved.namespace);
    view["url"] = mesh.get("base.validationURL").clone();
    view["caBundle"] = bundle.clone();
    view["failurePolicy"] = json!(policy);
    Draft::new(Wave::Webhooks, "validating-webhook", view)
}

/// The webhook for resources of this revision.
pub(super) fn of_revision(mesh: &Mesh<'_>) -> Draft {
    let name = format!(
        "istio-validator{}-{}",
        mesh.suffix(),
        mesh.resolved.namespace
    );
    validator(
        mesh,
        json!({
            "name": name,
            "labels": mesh.rev_labels(&[("app", "istiod"), ("istio", "istiod")]),
            "webhook": "rev.validation.istio.io",
            "service": mesh.istiod(),
            "revision": mesh.rev(),
        }),
    )
}

/// The policy for resources of this revision.
pub(super) fn policy_of_revision(mesh: &Mesh<'_>) -> [Draft; 2] {
    let place = format!("{}-{}.istio.io", mesh.suffix(), mesh.resolved.namespace);
    admission_policy(
        mesh,
        &format!("stable-channel-policy{place}"),
        &format!("stable-channel-policy-binding{place}"),
        &json!({}),
        Some(mesh.rev()),
    )
}

/// A policy that refuses resources and fields that are not stable, with its binding.
pub(super) fn admission_policy(
    mesh: &Mesh<'_>,
    name: &str,
    binding: &str,
    labels: &Value,
    revision: Option<&str>,
) -> [Draft; 2] {
    let mut kinds = vec!["EnvoyFilter", "WasmPlugin", "ProxyConfig", "Telemetry"];
    let mut rules = vec![
        "!variables.isEnvoyFilter",
        "!variables.isWasmPlugin",
        "!variables.isProxyConfig",
        TELEMETRY,
    ];
    if mesh.minor >= 30 {
        kinds.push("AuthorizationPolicy");
        rules.push(TRUST_DOMAINS);
    }
    let policy = json!({
        "name": name, "labels": labels, "revision": revision, "kinds": kinds, "rules": rules,
    });
    [
        Draft::new(Wave::Webhooks, "admission-policy", policy),
        Draft::new(
            Wave::Webhooks,
            "admission-policy-binding",
            json!({ "name": binding, "policy": name }),
        ),
    ]
}

/// Fields of Telemetry that are not stable.
const TELEMETRY: &str = "!(
  variables.isTelemetry && (
    (has(object.spec.tracing) ? object.spec.tracing : {}).exists(t, has(t.useRequestIdForTraceSampling)) ||
    (has(object.spec.metrics) ? object.spec.metrics : {}).exists(m, has(m.reportingInterval)) ||
    (has(object.spec.accessLogging) ? object.spec.accessLogging : {}).exists(l, has(l.filter))
  )
)
";

/// Fields of AuthorizationPolicy that are not stable.
const TRUST_DOMAINS: &str = "!(
  variables.isAuthorizationPolicy &&
  has(object.spec.rules) &&
  object.spec.rules.exists(r,
    has(r.from) && r.from.exists(f,
      has(f.source) && (has(f.source.trustDomains) || has(f.source.notTrustDomains))
    )
  )
)";
