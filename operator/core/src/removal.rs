//! What still uses a mesh that is to be removed. Unknown is never taken for unused.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_crds::meta;
use mainsheet_manifests::Kind;
use serde_json::Value;

use crate::ambient::Ambient;
use crate::dataplane::DataPlane;
use crate::live::Live;
use crate::plan::{Inventory, may_be_pruned};
use crate::status::first_of;

/// How many users' resources of one kind are named.
pub const NAMED: usize = 5;
/// How many users are named in all.
const LISTED: usize = 20;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Name of the `MeshInstallation`.
    pub installation: &'a str,
    /// Istio revisions of its records.
    pub revisions: &'a BTreeSet<String>,
    /// Namespace of its control planes.
    pub namespace: &'a str,
    /// Injected pods and namespaces.
    pub data_plane: &'a DataPlane,
    /// What the mesh consists of.
    pub live: &'a Inventory,
    /// Users' resources that only a mesh reads, by kind, as `namespace/name`; empty while another
    /// mesh reads them, too.
    pub resources: &'a BTreeMap<String, Vec<String>>,
    /// Every webhook configuration in the cluster.
    pub webhooks: &'a [Value],
}

/// Whether a mesh may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Not everything has been seen yet.
    Unknown,
    /// These still use it, in words.
    InUse(Vec<String>),
    /// Nothing does.
    Unused,
}

/// How many objects of a mesh are there that go with it.
pub fn still_there(installation: &str, live: &Inventory) -> usize {
    let goes = |found: &&Live| {
        found.ours && may_be_pruned(found.id.kind) && found.installation() == Some(installation)
    };
    live.values().filter(goes).count()
}

/// What uses the mesh.
pub fn usage(facts: &Facts<'_>) -> Usage {
    if !facts.data_plane.complete {
        return Usage::Unknown;
    }
    let mut found = workloads(facts);
    let ambient = Ambient::of(facts.installation, facts.data_plane, facts.live);
    let in_ambient_mode = |name: &String| format!("Namespace {name} in ambient mode");
    found.extend(ambient.namespaces().iter().map(in_ambient_mode));
    for (kind, names) in facts.resources {
        found.push(format!("{kind} {}", first_of(names, NAMED)));
    }
    found.extend(callers(facts));
    if found.is_empty() {
        Usage::Unused
    } else {
        Usage::InUse(found)
    }
}

/// Workloads whose live pods were injected by this mesh; its own gateways go with it.
fn workloads(facts: &Facts<'_>) -> Vec<String> {
    let own = |namespace: &str, name: &str| {
        facts.live.values().any(|live| {
            live.id.name == name
                && live.id.namespace.as_deref() == Some(namespace)
                && live.installation() == Some(facts.installation)
                && matches!(
                    live.id.kind,
                    Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet
                )
        })
    };
    let groups = facts.data_plane.groups.iter();
    groups
        .filter(|group| facts.revisions.contains(&*group.revision))
        .filter(|group| !own(&group.workload.namespace, &group.workload.name))
        .map(|group| match group.pods {
            1 => format!("{} (1 pod)", group.workload),
            pods => format!("{} ({pods} pods)", group.workload),
        })
        .collect()
}

/// Webhooks that somebody else has made and that call this mesh's istiod, such as tags of
/// `istioctl tag`: without it they would refuse what they are called for.
pub fn callers(facts: &Facts<'_>) -> Vec<String> {
    let services: BTreeSet<&str> = facts
        .live
        .values()
        .filter(|live| {
            live.id.kind == Kind::Service && live.installation() == Some(facts.installation)
        })
        .map(|live| live.id.name.as_str())
        .collect();
    let calls = |webhook: &Value| {
        let service = &webhook["clientConfig"]["service"];
        service["namespace"] == facts.namespace
            && service["name"]
                .as_str()
                .is_some_and(|name| services.contains(name))
    };
    let ours = |configuration: &Value| {
        configuration["metadata"]["labels"][meta::LABEL_INSTALLATION] == facts.installation
    };
    let calling = facts.webhooks.iter().filter(|configuration| {
        let webhooks = configuration["webhooks"].as_array();
        !ours(configuration) && webhooks.into_iter().flatten().any(calls)
    });
    calling
        .map(|configuration| {
            let name = configuration["metadata"]["name"]
                .as_str()
                .unwrap_or_default();
            format!("webhook configuration {name}, which calls its istiod")
        })
        .collect()
}

/// Names of the Gateways among these (of the Gateway API) that Istio serves, by the classes that it
/// controls: those of the cluster, and those that it makes itself.
pub fn gateways(gateways: &[Value], classes: &[Value]) -> Vec<String> {
    let controlled: BTreeSet<&str> = classes
        .iter()
        .filter(|class| {
            let controller = class["spec"]["controllerName"].as_str();
            controller.is_some_and(|name| name.starts_with("istio.io/"))
        })
        .filter_map(|class| class["metadata"]["name"].as_str())
        .chain(["istio", "istio-remote", "istio-waypoint"])
        .collect();
    let served = gateways.iter().filter(|gateway| {
        let class = gateway["spec"]["gatewayClassName"].as_str();
        class.is_some_and(|class| controlled.contains(class))
    });
    served.map(name).collect()
}

/// `namespace/name` of an object.
pub fn name(object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    match text("namespace") {
        "" => text("name").to_owned(),
        namespace => format!("{namespace}/{}", text("name")),
    }
}

/// Why a mesh stays, and what ends that.
pub fn held(users: &[String]) -> String {
    format!(
        "still in use by {}; the mesh is removed when these are gone (with spec.deletionPolicy Orphan it is left as it is)",
        first_of(users, LISTED)
    )
}

/// What stays on purpose when everything of a mesh is gone, in words.
pub fn stays(namespace: &str) -> String {
    format!(
        "what stays: Istio's CRDs and users' resources of them, Namespace {namespace}, \
         Secret {namespace}/istio-ca-secret, the ConfigMaps istio-ca-root-cert, and istiod's Leases"
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::dataplane::{Group, Workload, WorkloadKind};
    use crate::test_support::{INSTALLATION, live};

    struct World {
        data_plane: DataPlane,
        live: Inventory,
        resources: BTreeMap<String, Vec<String>>,
        webhooks: Vec<Value>,
    }

    fn quiet() -> World {
        World {
            data_plane: DataPlane {
                complete: true,
                ..DataPlane::default()
            },
            live: Inventory::new(),
            resources: BTreeMap::new(),
            webhooks: Vec::new(),
        }
    }

    fn used(world: &World) -> Usage {
        usage(&Facts {
            installation: INSTALLATION,
            revisions: &BTreeSet::from(["default".to_owned()]),
            namespace: "mesh",
            data_plane: &world.data_plane,
            live: &world.live,
            resources: &world.resources,
            webhooks: &world.webhooks,
        })
    }

    fn pods(name: &str, revision: &str) -> Group {
        Group {
            workload: Workload {
                namespace: "mesh".into(),
                kind: WorkloadKind::Deployment,
                name: name.into(),
            },
            revision: revision.into(),
            pods: 2,
            oldest: Timestamp::UNIX_EPOCH,
        }
    }

    fn in_use(text: &str) -> Usage {
        Usage::InUse(vec![text.to_owned()])
    }

    #[test]
    fn nothing_is_unused_before_everything_was_seen() {
        let mut world = quiet();
        assert_eq!(used(&world), Usage::Unused);
        world.data_plane.complete = false;
        assert_eq!(used(&world), Usage::Unknown);
    }

    #[test]
    fn pods_of_its_revisions_hold_it_and_its_own_gateways_do_not() {
        let mut world = quiet();
        world.data_plane.groups = vec![
            pods("shop", "default"),
            pods("other", "canary"),
            pods("gateway", "default"),
        ];
        let gateway = live(Kind::Deployment, "gateway", json!({}));
        world.live.insert(gateway.id.clone(), gateway);
        assert_eq!(used(&world), in_use("Deployment mesh/shop (2 pods)"));
    }

    #[test]
    fn namespaces_in_ambient_mode_hold_a_mesh_with_a_ztunnel() {
        let mut world = quiet();
        let ambient = BTreeMap::from([("istio.io/dataplane-mode".into(), "ambient".into())]);
        world.data_plane.namespaces = BTreeMap::from([("shop".to_owned(), ambient)]).into();
        assert_eq!(used(&world), Usage::Unused);
        let mut ztunnel = live(Kind::DaemonSet, "ztunnel", json!({}));
        let component = ztunnel.labels.entry(meta::LABEL_COMPONENT.to_owned());
        component.insert_entry("ztunnel".to_owned());
        world.live.insert(ztunnel.id.clone(), ztunnel);
        assert_eq!(used(&world), in_use("Namespace shop in ambient mode"));
    }

    #[test]
    fn gateways_of_istio_are_told_by_their_class() {
        let gateway = |name: &str, class: &str| json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"gatewayClassName": class}});
        let class = json!({"metadata": {"name": "own"}, "spec": {"controllerName": "istio.io/gateway-controller"}});
        let all = [
            gateway("a", "istio"),
            gateway("b", "own"),
            gateway("c", "nginx"),
            gateway("w", "istio-waypoint"),
        ];
        assert_eq!(gateways(&all, &[class]), ["shop/a", "shop/b", "shop/w"]);
    }

    #[test]
    fn crds_namespaces_and_copies_of_others_do_not_count_as_left() {
        let mut there = Inventory::new();
        for kind in [
            Kind::Namespace,
            Kind::CustomResourceDefinition,
            Kind::Service,
        ] {
            let one = live(kind, "istiod", json!({}));
            there.insert(one.id.clone(), one);
        }
        assert_eq!(still_there(INSTALLATION, &there), 1);
        assert_eq!(still_there("lake", &there), 0);
    }

    #[test]
    fn users_resources_hold_it() {
        let mut world = quiet();
        world
            .resources
            .insert("VirtualService".to_owned(), vec!["shop/web".to_owned()]);
        assert_eq!(used(&world), in_use("VirtualService shop/web"));
    }

    #[test]
    fn webhooks_of_others_that_call_its_istiod_hold_it() {
        let mut world = quiet();
        let istiod = live(Kind::Service, "istiod", json!({}));
        world.live.insert(istiod.id.clone(), istiod);
        let calling = |name: &str, namespace: &str| {
            json!({"metadata": {"name": name}, "webhooks": [
                {"clientConfig": {"service": {"namespace": namespace, "name": "istiod"}}}]})
        };
        world.webhooks = vec![
            calling("istio-revision-tag-prod", "mesh"),
            calling("elsewhere", "other"),
        ];
        let Usage::InUse(found) = used(&world) else {
            panic!("it is in use")
        };
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("istio-revision-tag-prod"));
    }
}
