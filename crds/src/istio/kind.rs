//! What all of Istio's kinds have in common, and the code that each would repeat.

use kube_core::{CustomResourceExt, Resource};

/// A kind of Istio's.
///
/// The `Resource` side names the version that a client should use; the CRD has more.
pub trait IstioKind: CustomResourceExt + Resource<DynamicType = ()> {
    /// Every version that the CRD serves, the newest first.
    const SERVED: &'static [&'static str];
    /// The version in which objects are stored.
    const STORED: &'static str;
}

/// Gives a kind its schema and its versions and, where the spec may be missing, lets it be missed.
macro_rules! istio_kind {
    ($kind:ident { spec: Optional $spec:ident, $($versions:tt)+ }) => {
        $crate::istio::kind::spec_may_be_missing!($spec);
        $crate::istio::kind::istio_kind!(@ $kind, $spec, Optional, $($versions)+);
    };
    ($kind:ident { spec: Required $spec:ident, $($versions:tt)+ }) => {
        $crate::istio::kind::istio_kind!(@ $kind, $spec, Required, $($versions)+);
    };
    (@ $kind:ident, $spec:ident, $presence:ident,
        served: $served:expr, stored: $stored:literal) => {
        impl ::schemars::JsonSchema for $kind {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $crate::istio::schema::root::<$spec>(
                    $crate::istio::schema::SpecPresence::$presence,
                )
            }
        }

        impl $crate::istio::IstioKind for $kind {
            const SERVED: &'static [&'static str] = &$served;
            const STORED: &'static str = $stored;
        }
    };
}
pub(crate) use istio_kind;

/// Lets a spec be absent from an object that is read, as the API server does.
///
/// The root type that `kube` derives asks for its `spec`; serde takes a missing field only from a
/// type that reads like an `Option`. So the derived code stays an inherent function, by
/// `#[serde(remote = "Self")]`, and the trait asks for an option.
macro_rules! spec_may_be_missing {
    ($spec:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $spec {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                struct Present($spec);

                impl<'de> ::serde::Deserialize<'de> for Present {
                    fn deserialize<D: ::serde::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::std::result::Result<Self, D::Error> {
                        $spec::deserialize(deserializer).map(Self)
                    }
                }

                let present = Option::<Present>::deserialize(deserializer)?;
                Ok(present.map(|Present(spec)| spec).unwrap_or_default())
            }
        }

        impl ::serde::Serialize for $spec {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }
    };
}
pub(crate) use spec_may_be_missing;
