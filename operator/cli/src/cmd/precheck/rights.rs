//! What the caller may do: asked of the API server, one question for each thing that applying the
//! mesh takes. Kubernetes lets nobody grant what they do not hold, so the rules of the mesh's roles
//! are asked for too.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use mainsheet_core::status::some_of;
use mainsheet_manifests::Scope;
use mainsheet_operator::install::granted;

use super::{Check, Mesh};
use crate::cluster::{Cluster, ClusterError, Right};

const NAME: &str = "rights";
const PARALLEL: usize = 8;

pub(super) async fn check(mesh: &Mesh, cluster: &Cluster) -> Result<Check, ClusterError> {
    if cluster.may(&right("*", "*", "*", "")).await? {
        return Ok(Check::pass(NAME, "you may do everything"));
    }
    let mut wanted = of_objects(mesh);
    if !cluster
        .may(&right(
            "escalate",
            "rbac.authorization.k8s.io",
            "clusterroles",
            "",
        ))
        .await?
    {
        wanted.extend(of_roles(mesh));
    }
    let count = wanted.len();
    let asked = stream::iter(&wanted).map(|right| async move {
        Ok::<_, ClusterError>((!cluster.may(right).await?).then(|| right.to_string()))
    });
    let denied: Vec<Option<String>> = asked.buffered(PARALLEL).try_collect().await?;
    let denied: Vec<String> = denied.into_iter().flatten().collect();
    Ok(if denied.is_empty() {
        Check::pass(
            NAME,
            format!("you may do all that applying the mesh takes ({count} rights)"),
        )
    } else {
        Check::fail(
            NAME,
            format!("you may not {}", some_of(&denied)),
            "ask for these rights, or let the operator do it: it needs only rights on MeshInstallations from you",
        )
    })
}

/// What applying the objects takes.
fn of_objects(mesh: &Mesh) -> BTreeSet<Right> {
    let objects = mesh.desired.objects().iter();
    objects
        .flat_map(|wanted| {
            let kind = wanted.id.kind;
            let namespace = match kind.scope() {
                Scope::Cluster => "",
                Scope::Namespaced => wanted.id.namespace.as_deref().unwrap_or_default(),
            };
            ["list", "create", "patch"].map(|verb| {
                // The inventory is listed over all namespaces.
                let namespace = if verb == "list" { "" } else { namespace };
                right(verb, kind.group(), kind.plural(), namespace)
            })
        })
        .collect()
}

/// What the roles among the objects grant.
fn of_roles(mesh: &Mesh) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for rule in granted(&mesh.manifests) {
        // What is granted for single names is held by whoever holds it for all.
        for group in &rule.api_groups {
            for resource in &rule.resources {
                rights.extend(
                    rule.verbs
                        .iter()
                        .map(|verb| right(verb, group, resource, "")),
                );
            }
        }
    }
    rights
}

fn right(verb: &str, group: &str, resource: &str, namespace: &str) -> Right {
    Right {
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.to_owned(),
    }
}
