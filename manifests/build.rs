//! Embeds the injection templates: a table of every file in `templates/injection`, so that adding
//! one needs no change in Rust.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=templates/injection");
    let mut out = String::new();
    for (table, folder) in [
        ("TEMPLATES", "templates/injection"),
        ("BLOCKS", "templates/injection/blocks"),
    ] {
        let root = env::current_dir()?.join(folder);
        let mut files: Vec<_> = fs::read_dir(&root)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        files.retain(|path| path.extension().is_some_and(|ext| ext == "yaml"));
        files.sort();
        let _ = writeln!(out, "const {table}: &[(&str, &str)] = &[");
        for path in files {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let _ = writeln!(
                out,
                "    ({name:?}, include_str!({:?})),",
                path.display().to_string()
            );
        }
        let _ = writeln!(out, "];");
    }
    let target = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&target).join("injection.rs"), out)
}
