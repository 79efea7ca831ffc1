//! The configuration files of a cluster's programs, as JSON, which all of them read as YAML.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::AuditLevel;
use super::certs::{ADMIN, CLIENTS, put};
use super::layout::Layout;

/// How a kubeconfig's user proves who it is.
pub(super) enum Credential<'a> {
    Certificate {
        certificate: &'a Path,
        key: &'a Path,
    },
    Token(&'a str),
}

/// A kubeconfig with one cluster, one user and one context, all of the same name.
pub(super) fn kubeconfig(
    url: &str,
    ca: &Path,
    user: &str,
    namespace: &str,
    credential: &Credential<'_>,
) -> Value {
    let credential = match credential {
        Credential::Certificate { certificate, key } => {
            json!({"client-certificate": certificate, "client-key": key})
        }
        Credential::Token(token) => json!({"token": token}),
    };
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "mainsheet", "cluster": {"server": url, "certificate-authority": ca}}],
        "users": [{"name": user, "user": credential}],
        "contexts": [{
            "name": "mainsheet",
            "context": {"cluster": "mainsheet", "user": user, "namespace": namespace},
        }],
        "current-context": "mainsheet",
    })
}

/// Writes the kubeconfigs of the cluster's own clients.
pub(super) fn write_kubeconfigs(layout: &Layout, url: &str) -> Result<()> {
    for client in CLIENTS {
        let (certificate, key) = (layout.certificate(client.name), layout.key(client.name));
        let credential = Credential::Certificate {
            certificate: &certificate,
            key: &key,
        };
        let config = kubeconfig(url, &layout.ca(), client.user, "default", &credential);
        put(&layout.kubeconfig(client.name), &format!("{config:#}\n"))?;
    }
    Ok(())
}

/// Writes what the API server shall note of each request.
pub(super) fn write_audit_policy(layout: &Layout, level: AuditLevel) -> Result<()> {
    put(
        &layout.audit_policy(),
        &format!("{:#}\n", audit_policy(level)),
    )
}

fn audit_policy(level: AuditLevel) -> Value {
    let metadata = json!({"level": "Metadata"});
    let rules = match level {
        AuditLevel::Metadata => vec![metadata],
        AuditLevel::RequestResponse => vec![
            // Bodies that are credentials have no place in a log, and those of leases only fill it.
            json!({
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
                    {"group": "coordination.k8s.io", "resources": ["leases"]},
                ],
            }),
            json!({
                "level": "RequestResponse",
                "verbs": ["create", "update", "patch", "delete", "deletecollection"],
            }),
            metadata,
        ],
    };
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        // What is received is also answered, or the log says that it panicked.
        "omitStages": ["RequestReceived"],
        "rules": rules,
    })
}

/// The kubeconfig of whoever may do everything.
pub(super) fn admin(layout: &Layout) -> std::path::PathBuf {
    layout.kubeconfig(ADMIN.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_names_the_context_it_has() {
        let config = kubeconfig(
            "https://127.0.0.1:1",
            Path::new("/ca"),
            "sam",
            "ns1",
            &Credential::Token("secret"),
        );
        let context = &config["contexts"][0];
        assert_eq!(config["current-context"], context["name"]);
        assert_eq!(context["context"]["cluster"], config["clusters"][0]["name"]);
        assert_eq!(context["context"]["user"], config["users"][0]["name"]);
        assert_eq!(context["context"]["namespace"], "ns1");
        assert_eq!(config["users"][0]["user"]["token"], "secret");
    }

    #[test]
    fn secrets_are_never_noted_with_their_bodies() {
        let policy = audit_policy(AuditLevel::RequestResponse);
        let first = &policy["rules"][0];
        assert_eq!(first["level"], "Metadata");
        assert_eq!(first["resources"][0]["resources"][0], "secrets");
        let last = policy["rules"].as_array().unwrap().last().unwrap();
        assert_eq!(
            last,
            &json!({"level": "Metadata"}),
            "every request is noted"
        );
    }
}
