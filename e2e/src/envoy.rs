//! A real Envoy with the configuration in `e2e/data/envoy`: a sidecar as istiod would fill it, with
//! files in istiod's place. It ends with the value, and with this process however that ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use hack::poll;
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SerialNumber, date_time_ymd,
};

use crate::world::DEADLINE;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/envoy");

/// Ends the program once nobody holds the other end of its input.
const HOLD: &str = r#"exec 3<&0; "$@" </dev/null & read -r _ <&3; kill $!; wait $!"#;

/// A running Envoy.
pub struct Envoy {
    child: Child,
    folder: PathBuf,
    admin: String,
}

impl Envoy {
    /// The serial number of the proxy's own certificate.
    pub const SERIAL: &'static str = "5f1d2c3b4a";

    /// Starts Envoy, and waits until its admin interface answers and all is loaded.
    pub fn start(name: &str) -> Result<Self> {
        let binary = hack::tools::envoy()?;
        let folder = std::env::temp_dir().join(format!("mainsheet-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        write_config(&folder)?;
        write_certificates(&folder)?;
        let address = folder.join("admin");
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new("sh")
            .args(["-c", HOLD, "sh"])
            .arg(binary)
            .args([
                "--use-dynamic-base-id",
                "--concurrency",
                "1",
                "--log-level",
                "warning",
            ])
            .arg("--config-path")
            .arg(folder.join("bootstrap.yaml"))
            .arg("--admin-address-path")
            .arg(&address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot run sh")?;
        let mut envoy = Self {
            child,
            folder,
            admin: String::new(),
        };
        envoy.admin = poll::until("Envoy to listen", DEADLINE, || {
            let written = fs::read_to_string(&address).unwrap_or_default();
            Ok(Some(written).filter(|address| !address.is_empty()))
        })
        .with_context(|| envoy.log())?;
        poll::until("Envoy to be ready", DEADLINE, || {
            Ok(get(&envoy.admin, "/ready").filter(|answer| answer.contains("LIVE")))
        })
        .with_context(|| envoy.log())?;
        Ok(envoy)
    }

    /// Where its admin interface listens.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Its input ends here, and so does it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn write_config(folder: &Path) -> Result<()> {
    let dir = folder
        .to_str()
        .context("the folder for temporary files is no UTF-8")?;
    for file in fs::read_dir(CONFIG).with_context(|| CONFIG.to_owned())? {
        let file = file?;
        let text = fs::read_to_string(file.path())?.replace("DIR", dir);
        fs::write(folder.join(file.file_name()), text)?;
    }
    Ok(())
}

/// A root, and a leaf that is no longer valid.
fn write_certificates(folder: &Path) -> Result<()> {
    let key = KeyPair::generate()?;
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.not_before = date_time_ymd(2020, 1, 1);
    root.not_after = date_time_ymd(2120, 1, 1);
    fs::write(folder.join("root.pem"), root.self_signed(&key)?.pem())?;
    let authority = Issuer::new(root, key);
    let mut leaf = CertificateParams::default();
    leaf.not_before = date_time_ymd(2020, 1, 1);
    leaf.not_after = date_time_ymd(2020, 1, 2);
    leaf.serial_number = Some(SerialNumber::from(0x005f_1d2c_3b4a));
    let key = KeyPair::generate()?;
    fs::write(
        folder.join("leaf.pem"),
        leaf.signed_by(&key, &authority)?.pem(),
    )?;
    fs::write(folder.join("leaf.key"), key.serialize_pem())?;
    Ok(())
}

/// The whole answer of a path, if anybody answers.
fn get(address: &str, path: &str) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
