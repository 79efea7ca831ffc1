//! Injection webhooks: which pods istiod is asked about. For every namespace and pod at most one
//! of them matches, so no pod is injected twice.

use serde_json::{Value, json};

use mainsheet_crds::meta::{DEFAULT_NAMESPACE, DEFAULT_REVISION};

use crate::Wave;
use crate::draft::Draft;
use crate::mesh::Mesh;
use crate::serve::NAMESPACE_NAME;

/// Namespaces that are not injected unless they say so.
const SYSTEM_NAMESPACES: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// The webhooks of the revision and of its tags.
pub(super) fn drafts(mesh: &Mesh<'_>, namespace: &str) -> Vec<Draft> {
    let labels = mesh.rev_labels(&[("app", "sidecar-injector")]);
    let own = placed(
        format!("istio-sidecar-injector{}", mesh.suffix()),
        namespace,
    );
    let bundle = mesh.get("istiodRemote.injectionCABundle");
    let mut drafts = vec![configuration(
        mesh,
        namespace,
        &own,
        &labels,
        mesh.rev(),
        bundle,
    )];
    for tag in mesh
        .get("revisionTags")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let labels = mesh.rev_labels(&[("app", "sidecar-injector"), ("istio.io/tag", tag)]);
        let own = placed(format!("istio-revision-tag-{tag}"), namespace);
        // istiod writes its bundle into these; none is given for them.
        let none = &Value::Null;
        drafts.push(configuration(mesh, namespace, &own, &labels, tag, none));
    }
    drafts
}

/// The webhooks by which a control plane serves a name that is not its own. `whole` says that no
/// other one serves it: istiod takes the Gateways of a tag over by the label that then is there.
pub(crate) fn standing_for(mesh: &Mesh<'_>, namespace: &str, name: &str, whole: bool) -> Draft {
    let mut labels = mesh.rev_labels(&[("app", "sidecar-injector")]);
    if whole {
        labels["istio.io/tag"] = json!(name);
    }
    let own = placed(
        format!("istio-revision-tag-{name}-{}", mesh.rev()),
        namespace,
    );
    let bundle = mesh.get("istiodRemote.injectionCABundle");
    configuration(mesh, namespace, &own, &labels, name, bundle)
}

fn placed(start: String, namespace: &str) -> String {
    match namespace {
        DEFAULT_NAMESPACE => start,
        namespace => format!("{start}-{namespace}"),
    }
}

/// One configuration, for pods that ask for `rev`; where that is the default one, for those that
/// name no revision too.
fn configuration(
    mesh: &Mesh<'_>,
    namespace: &str,
    name: &str,
    labels: &Value,
    rev: &str,
    bundle: &Value,
) -> Draft {
    let mut webhooks = of_revision(rev);
    if rev == DEFAULT_REVISION {
        webhooks.extend(unrevisioned());
        if mesh.is("sidecarInjectorWebhook.enableNamespacesByDefault") {
            webhooks.push(unlabelled());
        }
    }
    Draft::new(
        Wave::Webhooks,
        "injection-webhooks",
        json!({
            "name": name,
            "labels": labels,
            "annotations": mesh.get("pilot.sidecarInjectorWebhookAnnotations"),
            "url": mesh.get("istiodRemote.injectionURL"),
            "service": mesh.istiod(),
            "namespace": namespace,
            "path": mesh.get("istiodRemote.injectionPath"),
            "caBundle": bundle,
            "reinvocationPolicy": mesh.get("sidecarInjectorWebhook.reinvocationPolicy"),
            "webhooks": webhooks,
        }),
    )
}

/// Namespaces of the revision, but pods that opt out; and pods of the revision in namespaces that
/// say nothing.
fn of_revision(rev: &str) -> Vec<Value> {
    let opts_out = has("sidecar.istio.io/inject", "NotIn", &["false"]);
    vec![
        webhook(
            "rev.namespace",
            &[has("istio.io/rev", "In", &[rev]), lacks("istio-injection")],
            std::slice::from_ref(&opts_out),
        ),
        webhook(
            "rev.object",
            &[lacks("istio.io/rev"), lacks("istio-injection")],
            &[opts_out.clone(), has("istio.io/rev", "In", &[rev])],
        ),
    ]
}

/// Namespaces with injection on, but pods that opt out; and pods that opt in.
fn unrevisioned() -> [Value; 2] {
    [
        webhook(
            "namespace",
            &[has("istio-injection", "In", &["enabled"])],
            &[has("sidecar.istio.io/inject", "NotIn", &["false"])],
        ),
        webhook(
            "object",
            &[lacks("istio-injection"), lacks("istio.io/rev")],
            &[
                has("sidecar.istio.io/inject", "In", &["true"]),
                lacks("istio.io/rev"),
            ],
        ),
    ]
}

/// Namespaces and pods that say nothing at all.
fn unlabelled() -> Value {
    webhook(
        "auto",
        &[
            lacks("istio-injection"),
            lacks("istio.io/rev"),
            has(NAMESPACE_NAME, "NotIn", &SYSTEM_NAMESPACES),
        ],
        &[lacks("sidecar.istio.io/inject"), lacks("istio.io/rev")],
    )
}

fn webhook(prefix: &str, namespaces: &[Value], pods: &[Value]) -> Value {
    json!({ "prefix": prefix, "namespaces": namespaces, "pods": pods })
}

fn has(key: &str, operator: &str, values: &[&str]) -> Value {
    json!({ "key": key, "operator": operator, "values": values })
}

fn lacks(key: &str) -> Value {
    json!({ "key": key, "operator": "DoesNotExist" })
}
