//! URL paths of objects and collections.

use mainsheet_manifests::{Kind, ObjectId};

/// Path of all objects of a kind in the cluster.
pub fn collection(kind: Kind) -> String {
    format!("{}/{}", root(kind), kind.plural())
}

/// Path of the list that has one object at most.
pub(super) fn only(id: &ObjectId) -> String {
    let all = object(id);
    let collection = all.rsplit_once('/').map_or(all.as_str(), |(path, _)| path);
    format!("{collection}?fieldSelector=metadata.name%3D{}", id.name)
}

/// Path of one object.
pub fn object(id: &ObjectId) -> String {
    let root = root(id.kind);
    let plural = id.kind.plural();
    match &id.namespace {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}/{}", id.name),
        None => format!("{root}/{plural}/{}", id.name),
    }
}

fn root(kind: Kind) -> String {
    match kind.group() {
        "" => format!("/api/{}", kind.version()),
        group => format!("/apis/{group}/{}", kind.version()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_and_grouped_kinds_have_their_own_roots() {
        let service = ObjectId::new(Kind::Service, Some("mesh"), "istiod");
        assert_eq!(object(&service), "/api/v1/namespaces/mesh/services/istiod");
        let role = ObjectId::new(Kind::ClusterRole, None, "reader");
        assert_eq!(
            object(&role),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/reader"
        );
        assert_eq!(collection(Kind::Deployment), "/apis/apps/v1/deployments");
    }
}
