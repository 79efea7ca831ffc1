//! Questions to a cluster that change nothing: lists, rights, a pod on trial.

use http::{Request, header};
use serde_json::{Value, json};

use super::{Cluster, ClusterError};

/// One thing to do: verb, group, resource, namespace (all of them when empty).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) namespace: String,
}

impl Cluster {
    /// The objects at a path; none where nothing is served.
    pub(crate) async fn list_at(&self, path: &str) -> Result<Vec<Value>, ClusterError> {
        let request = Request::get(path).body(Vec::new())?;
        let plain = path.split('?').next().unwrap_or(path);
        let plural = plain.rsplit('/').next().unwrap_or(plain);
        let mut list: Value = match self.client.request(request).await {
            Ok(list) => list,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(format!("list {plural}"))(error)),
        };
        match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            Some(_) | None => Ok(Vec::new()),
        }
    }

    /// How many resources there are of a CRD, given by its name.
    pub(crate) async fn count_of(&self, crd: &str) -> Result<usize, ClusterError> {
        let Some((plural, group)) = crd.split_once('.') else {
            return Ok(0);
        };
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd}");
        let found = self.served_version(&path).await?;
        let Some(version) = found else { return Ok(0) };
        let items = self
            .list_at(&format!("/apis/{group}/{version}/{plural}"))
            .await?;
        Ok(items.len())
    }

    /// A version that a CRD serves.
    async fn served_version(&self, path: &str) -> Result<Option<String>, ClusterError> {
        let request = Request::get(path).body(Vec::new())?;
        let crd: Value = match self.client.request(request).await {
            Ok(crd) => crd,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            Err(error) => return Err(self.failed("read a CRD")(error)),
        };
        let versions = crd["spec"]["versions"].as_array().into_iter().flatten();
        let mut served = versions.filter(|version| version["served"] == true);
        Ok(served
            .next()
            .and_then(|version| version["name"].as_str().map(str::to_owned)))
    }

    /// Whether the caller may do this.
    pub(crate) async fn may(&self, right: &Right) -> Result<bool, ClusterError> {
        let Right {
            verb,
            group,
            resource,
            namespace,
        } = right;
        // A subresource stands after a slash in rules, and in a field of its own here.
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource,
                "subresource": subresource, "namespace": namespace}},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = self.post(path, &review).await;
        let answer = answer.map_err(self.failed("ask for rights"))?;
        Ok(answer["status"]["allowed"] == true)
    }

    /// The pod as it would be created, or why it would not be.
    pub(crate) async fn try_pod(
        &self,
        namespace: &str,
        pod: &Value,
    ) -> Result<Result<Value, String>, ClusterError> {
        let path = format!("/api/v1/namespaces/{namespace}/pods?dryRun=All");
        match self.post(&path, pod).await {
            Ok(pod) => Ok(Ok(pod)),
            Err(kube::Error::Api(status)) => Ok(Err(status.message)),
            Err(error) => Err(self.failed("create a pod on trial")(error)),
        }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, kube::Error> {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes())
            .map_err(kube::Error::HttpError)?;
        self.client.request(request).await
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            verb,
            group,
            resource,
            namespace,
        } = self;
        write!(f, "{verb} {resource}")?;
        if !group.is_empty() {
            write!(f, ".{group}")?;
        }
        if !namespace.is_empty() {
            write!(f, " in {namespace}")?;
        }
        Ok(())
    }
}
