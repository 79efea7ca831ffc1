//! Objects of which only the metadata is asked for, and of that only what is read is kept: the rest
//! is skipped while the text is parsed, before it costs memory.

use std::borrow::Cow;
use std::fmt::Debug;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// What is read of an object's metadata.
pub(super) trait Metadata: DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    /// Kind of the objects.
    const KIND: &'static str;
    /// Kind in the plural, as in paths.
    const PLURAL: &'static str;

    /// The resource version, which only the watch needs.
    fn take_resource_version(&mut self) -> Option<String>;
}

/// An object of the core group with what is read of its metadata.
#[derive(Clone, Debug)]
pub(super) struct Only<M> {
    pub(super) metadata: M,
    /// Holds nothing but the resource version: what kube's watch reads.
    bookkeeping: ObjectMeta,
}

impl<'de, M: Metadata> Deserialize<'de> for Only<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Object<M> {
            metadata: M,
        }
        let mut object = Object::<M>::deserialize(deserializer)?;
        let bookkeeping = ObjectMeta {
            resource_version: object.metadata.take_resource_version(),
            ..ObjectMeta::default()
        };
        Ok(Self {
            metadata: object.metadata,
            bookkeeping,
        })
    }
}

impl<M: Metadata> Resource for Only<M> {
    type DynamicType = ();
    type Scope = kube::core::ClusterResourceScope;

    fn metadata_api() -> bool {
        true
    }

    fn kind((): &()) -> Cow<'_, str> {
        Cow::Borrowed(M::KIND)
    }

    fn group((): &()) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn version((): &()) -> Cow<'_, str> {
        Cow::Borrowed("v1")
    }

    fn plural((): &()) -> Cow<'_, str> {
        Cow::Borrowed(M::PLURAL)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.bookkeeping
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.bookkeeping
    }
}
