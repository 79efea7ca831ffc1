//! The committed CRDs of Mainsheet's own kinds are what the types give. `cargo xtask generate`
//! writes them anew.

use std::path::PathBuf;

use mainsheet_crds::{CustomResourceExt, MeshInstallation, MeshRevision};

#[test]
fn the_committed_crds_are_what_the_types_give() {
    for crd in [MeshInstallation::crd(), MeshRevision::crd()] {
        let name = crd.metadata.name.clone().unwrap();
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("generated/mainsheet/{name}.yaml"));
        let wanted = serde_saphyr::to_string(&serde_json::to_value(&crd).unwrap()).unwrap();
        if std::env::var_os("MAINSHEET_GENERATE").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{} is out of date: cargo xtask generate",
            path.display()
        );
    }
}
