//! Istio's CRDs, bundled as text. They are three quarters of a megabyte and always the same, so
//! they are neither parsed nor rendered: labels are put in where the text is known to have none.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;

use mainsheet_crds::istio::{CRD_DOCUMENTS, VERSION};
use mainsheet_crds::meta;

use crate::Bundled;

/// Name and digest of each CRD, a line each; guarded by a test.
const DIGESTS: &str = include_str!("../generated/crd-digests.txt");

/// Component of CRDs, as in the label.
pub(crate) const COMPONENT: &str = "base";

/// Every CRD that Mainsheet installs.
pub fn crds() -> &'static [Bundled] {
    static CRDS: LazyLock<Vec<Bundled>> = LazyLock::new(|| {
        let documents = CRD_DOCUMENTS.iter();
        documents
            .map(|(name, yaml)| Bundled {
                name,
                yaml,
                digest: digest(name),
            })
            .collect()
    });
    &CRDS
}

fn digest(name: &str) -> &'static str {
    let mut lines = DIGESTS.lines().filter_map(|line| line.split_once(' '));
    lines
        .find(|(of, _)| *of == name)
        .map_or("", |(_, digest)| digest)
}

impl Bundled {
    /// The whole object as one YAML document, labelled.
    pub fn labelled(&self) -> String {
        self.with("")
    }

    /// Writes the same, without a copy of it in memory: CRDs are large.
    ///
    /// # Errors
    /// When the writer's do.
    pub fn write_labelled(&self, out: &mut impl io::Write) -> io::Result<()> {
        let (head, spec) = self.split();
        out.write_all(head.as_bytes())?;
        out.write_all(labels("").as_bytes())?;
        out.write_all(spec.as_bytes())
    }

    /// The same with the annotations that say what was applied, and of which version.
    pub fn payload(&self) -> Cow<'static, str> {
        Cow::Owned(self.with(&format!(
            "  annotations:\n    {}: \"{}\"\n    {}: \"{VERSION}\"\n",
            meta::ANNOTATION_APPLIED,
            self.digest,
            meta::ANNOTATION_SHAPE,
        )))
    }

    fn with(&self, annotations: &str) -> String {
        let (head, spec) = self.split();
        format!("{head}{}{spec}", labels(annotations))
    }

    /// What comes before the labels, and what comes after them.
    fn split(&self) -> (&'static str, &'static str) {
        self.yaml.split_once("\nspec:\n").unwrap_or((self.yaml, ""))
    }
}

/// What stands between the head of a CRD and its spec.
fn labels(annotations: &str) -> String {
    format!(
        "\n{annotations}  labels:\n    {}: {}\n    {}: {COMPONENT}\nspec:\n",
        meta::LABEL_MANAGED_BY,
        meta::MANAGED_BY,
        meta::LABEL_COMPONENT,
    )
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_committed_digests_are_those_of_the_specs() {
        let mut wanted = String::new();
        for (name, yaml) in CRD_DOCUMENTS {
            let document: Value = serde_saphyr::from_str(yaml).unwrap();
            let digest = crate::digest::of(&document["spec"]);
            writeln!(wanted, "{name} {digest}").unwrap();
        }
        if std::env::var_os("MAINSHEET_GENERATE").is_some() {
            std::fs::write(
                concat!(env!("CARGO_MANIFEST_DIR"), "/generated/crd-digests.txt"),
                &wanted,
            )
            .unwrap();
        } else {
            assert_eq!(DIGESTS, wanted, "out of date: cargo xtask generate");
        }
    }

    #[test]
    fn the_crds_are_those_of_the_newest_bundled_version() {
        let newest = mainsheet_profiles::catalogue::RELEASES.last().unwrap();
        assert_eq!(VERSION, newest.to_string());
    }

    #[test]
    fn what_is_written_is_what_is_kept_in_memory() {
        for crd in crds() {
            let mut written = Vec::new();
            crd.write_labelled(&mut written).unwrap();
            assert!(written == crd.labelled().as_bytes(), "{}", crd.name);
        }
    }

    #[test]
    fn labels_and_annotations_are_put_into_the_text() {
        for crd in crds() {
            let bare: Value = serde_saphyr::from_str(crd.yaml).unwrap();
            let sent: Value = serde_saphyr::from_str(&crd.payload()).unwrap();
            assert_eq!(sent["spec"], bare["spec"], "{}", crd.name);
            assert_eq!(sent["metadata"]["name"], json!(crd.name));
            assert_eq!(
                sent["metadata"]["labels"][meta::LABEL_MANAGED_BY],
                json!(meta::MANAGED_BY)
            );
            assert_eq!(
                sent["metadata"]["annotations"][meta::ANNOTATION_APPLIED],
                json!(crd.digest)
            );
            assert_eq!(
                sent["metadata"]["annotations"][meta::ANNOTATION_SHAPE],
                json!(VERSION)
            );
        }
    }
}
