//! Writes the CRDs of Istio's kinds into a folder, one file each:
//! `cargo run -p mainsheet-crds --example istio_crds -- crds/generated/istio`.

use std::{env, fs, path::PathBuf};

use anyhow::Context;
use mainsheet_crds::istio;

fn main() -> anyhow::Result<()> {
    let folder: PathBuf = env::args_os()
        .nth(1)
        .context("which folder to write to")?
        .into();
    fs::create_dir_all(&folder)?;
    for crd in istio::all_crds() {
        let document = istio::document(&crd)?;
        let name = crd.metadata.name.context("a CRD has a name")?;
        fs::write(
            folder.join(format!("{name}.yaml")),
            serde_saphyr::to_string(&document)?,
        )?;
    }
    Ok(())
}
