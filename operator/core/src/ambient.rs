//! Who uses a mesh without a sidecar: namespaces in ambient mode, whose traffic goes through the
//! mesh's ztunnels, which get their configuration and certificates from one control plane.

use mainsheet_crds::meta::{DEFAULT_REVISION, LABEL_COMPONENT, LABEL_ISTIO_REV};
use mainsheet_manifests::{Kind, ObjectId};
use mainsheet_profiles::ComponentKind;

use crate::dataplane::DataPlane;
use crate::live::{Live, LiveBody};
use crate::plan::Inventory;
use crate::status::first_of;

/// How many namespaces are named.
const NAMED: usize = 5;
const LABEL_MODE: &str = "istio.io/dataplane-mode";

/// The namespaces in ambient mode, where an installation has ztunnels, and whose these are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ambient {
    namespaces: Vec<String>,
    ztunnels: Vec<Ztunnel>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ztunnel {
    id: ObjectId,
    /// Istio revision that it is to connect to.
    revision: String,
    /// Whether each of its pods does.
    rolled_out: bool,
}

// === impl Ambient ===

impl Ambient {
    /// Looks at the ztunnels of an installation. Without namespaces in ambient mode they serve
    /// nobody, and without ztunnels the mode has no effect.
    pub fn of(installation: &str, plane: &DataPlane, live: &Inventory) -> Self {
        let namespaces: Vec<String> = plane
            .namespaces
            .iter()
            .filter(|(_, labels)| labels.get(LABEL_MODE).is_some_and(|mode| mode == "ambient"))
            .map(|(name, _)| name.clone())
            .collect();
        if namespaces.is_empty() {
            return Self::default();
        }
        let ztunnels: Vec<Ztunnel> = live
            .values()
            .filter(|live| live.installation() == Some(installation))
            .filter_map(Ztunnel::of)
            .collect();
        if ztunnels.is_empty() {
            return Self::default();
        }
        Self {
            namespaces,
            ztunnels,
        }
    }

    /// Namespaces whose traffic goes through the installation's ztunnels.
    pub fn namespaces(&self) -> &[String] {
        &self.namespaces
    }

    /// How the control plane of an Istio revision is used. While a ztunnel rolls out, some of its
    /// pods may still be connected to any control plane that it had before.
    pub fn evidence<'a>(&'a self, istio_revision: &'a str) -> impl Iterator<Item = String> + 'a {
        let namespaces = first_of(&self.namespaces, NAMED);
        let using = self.ztunnels.iter().filter_map(move |ztunnel| {
            let id = &ztunnel.id;
            if ztunnel.revision == istio_revision {
                return Some(format!("{id} is connected to it"));
            }
            (!ztunnel.rolled_out).then(|| format!("{id} has not rolled out"))
        });
        using.map(move |how| format!("ambient mode of {namespaces} ({how})"))
    }
}

#[cfg(test)]
impl Ambient {
    /// A namespace `shop` behind one ztunnel.
    pub(crate) fn for_tests(revision: &str, rolled_out: bool) -> Self {
        Self {
            namespaces: vec!["shop".to_owned()],
            ztunnels: vec![Ztunnel {
                id: ObjectId::new(Kind::DaemonSet, Some("mesh"), "ztunnel"),
                revision: revision.to_owned(),
                rolled_out,
            }],
        }
    }
}

// === impl Ztunnel ===

impl Ztunnel {
    fn of(live: &Live) -> Option<Self> {
        let component = live.labels.get(LABEL_COMPONENT)?;
        if live.id.kind != Kind::DaemonSet || component != ComponentKind::Ztunnel.as_str() {
            return None;
        }
        Some(Self {
            id: live.id.clone(),
            revision: revision(&live.body),
            rolled_out: live.health.is_ready(),
        })
    }
}

/// The revision in the annotation of the pods, as rendered; without one it is the default one.
fn revision(body: &LiveBody) -> String {
    let annotated = match body {
        LiveBody::Full(body) => body.value()["spec"]["template"]["metadata"]["annotations"]
            .get(LABEL_ISTIO_REV)
            .and_then(|revision| revision.as_str().map(str::to_owned)),
        LiveBody::SpecDigest(_) => None,
    };
    annotated.unwrap_or_else(|| DEFAULT_REVISION.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::test_support::{INSTALLATION, live};
    use crate::upgrade::fixtures::plane;

    fn ztunnel(annotations: &Value, updated: i32) -> Inventory {
        let fields = json!({
            "spec": {"template": {"metadata": {"annotations": annotations}}},
            "status": {"desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": 3},
        });
        let mut found = live(Kind::DaemonSet, "ztunnel", fields);
        found
            .labels
            .insert(LABEL_COMPONENT.to_owned(), "ztunnel".to_owned());
        Inventory::from([(found.id.clone(), found)])
    }

    fn evidence(live: &Inventory, mode: &str, revision: &str) -> Vec<String> {
        let plane = plane(&[("shop", &[(LABEL_MODE, mode)])], Vec::new());
        let ambient = Ambient::of(INSTALLATION, &plane, live);
        ambient.evidence(revision).collect()
    }

    #[test]
    fn the_control_plane_that_ztunnel_is_connected_to_is_used() {
        let by_default = ztunnel(&json!({}), 3);
        let used = "ambient mode of shop (DaemonSet mesh/ztunnel is connected to it)";
        assert_eq!(evidence(&by_default, "ambient", "default"), [used]);
        assert!(evidence(&by_default, "ambient", "blue").is_empty());
        let of_blue = ztunnel(&json!({ LABEL_ISTIO_REV: "blue" }), 3);
        assert_eq!(evidence(&of_blue, "ambient", "blue"), [used]);
        assert!(evidence(&of_blue, "none", "blue").is_empty());
        assert!(evidence(&Inventory::new(), "ambient", "blue").is_empty());
    }

    #[test]
    fn while_it_rolls_out_any_control_plane_may_be_used() {
        let rolling = ztunnel(&json!({ LABEL_ISTIO_REV: "blue" }), 2);
        assert_eq!(
            evidence(&rolling, "ambient", "default"),
            ["ambient mode of shop (DaemonSet mesh/ztunnel has not rolled out)"]
        );
    }

    #[test]
    fn ztunnels_of_another_installation_are_not_looked_at() {
        let plane = plane(&[("shop", &[(LABEL_MODE, "ambient")])], Vec::new());
        let ambient = Ambient::of("lake", &plane, &ztunnel(&json!({}), 3));
        assert_eq!(ambient, Ambient::default());
    }
}
