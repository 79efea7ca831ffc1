//! `mainsheet proxy-config` and a running Envoy.

use std::process::Command;

use anyhow::{Result, ensure};
use mainsheet_e2e::{Envoy, binary, fed};
use serde_json::Value;

const RECORDED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../operator/cli/tests/data/envoy"
);

fn proxy_config(words: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new(binary("mainsheet")?);
    command.arg("proxy-config").args(words);
    let output = fed(&mut command, input)?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "proxy-config {words:?}: {said}");
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn a_running_proxy_shows_what_its_recorded_dump_shows() -> Result<()> {
    let envoy = Envoy::start("tables")?;
    let (dump, clusters) = (
        format!("{RECORDED}/config_dump.json"),
        format!("{RECORDED}/clusters.json"),
    );
    for (kind, file) in [
        ("cluster", &dump),
        ("listener", &dump),
        ("route", &dump),
        ("endpoint", &clusters),
    ] {
        let live = proxy_config(&[kind, "--admin-address", envoy.admin()], "")?;
        assert_eq!(live, proxy_config(&[kind, "--file", file], "")?);
        assert!(live.lines().count() > 3, "{live}");
    }
    let none = proxy_config(&["ecds", "--admin-address", envoy.admin()], "")?;
    assert_eq!(none, "");
    Ok(())
}

#[test]
fn secrets_are_judged_and_keep_their_keys() -> Result<()> {
    let envoy = Envoy::start("secrets")?;
    let table = proxy_config(&["secret", "--admin-address", envoy.admin()], "")?;
    let words: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let leaf = [
        "default",
        "Cert",
        "Chain",
        "ACTIVE",
        "false",
        Envoy::SERIAL,
        "2020-01-02T00:00:00Z",
        "2020-01-01T00:00:00Z",
    ];
    assert_eq!(words[1], leaf);
    assert_eq!(words[2][..4], ["ROOTCA", "CA", "ACTIVE", "true"]);
    let whole = proxy_config(
        &["secret", "--admin-address", envoy.admin(), "-o", "json"],
        "",
    )?;
    let secrets: Value = serde_json::from_str(&whole)?;
    assert_eq!(
        secrets[0]["secret"]["tls_certificate"]["private_key"],
        "[redacted]"
    );
    Ok(())
}

#[test]
fn a_dump_that_was_saved_shows_the_same_as_the_proxy() -> Result<()> {
    let envoy = Envoy::start("all")?;
    let live = proxy_config(&["all", "--admin-address", envoy.admin()], "")?;
    let dump = proxy_config(&["all", "--admin-address", envoy.admin(), "-o", "json"], "")?;
    assert_eq!(proxy_config(&["all", "--file", "-"], &dump)?, live);
    let yaml = proxy_config(&["bootstrap", "--file", "-", "-o", "yaml"], &dump)?;
    assert!(
        yaml.contains("sidecar~10.1.0.7~web-7d4b9.shop~shop.svc.cluster.local"),
        "{yaml}"
    );
    Ok(())
}

#[test]
fn log_levels_are_set_and_set_back() -> Result<()> {
    let envoy = Envoy::start("log")?;
    let levels = |words: &[&str]| {
        let words = [&["log", "--admin-address", envoy.admin()], words].concat();
        proxy_config(&words, "")
    };
    let set = levels(&["--level", "all:error,http:debug,rbac:trace"])?;
    assert!(
        set.contains("  admin: error\n") && set.contains("  http: debug\n"),
        "{set}"
    );
    assert_eq!(levels(&[])?, set);
    let reset = levels(&["--reset"])?;
    assert!(
        reset.contains("  http: warning\n") && !reset.contains(": debug"),
        "{reset}"
    );
    Ok(())
}

#[test]
fn what_envoy_refuses_is_said_in_its_words() -> Result<()> {
    let envoy = Envoy::start("refused")?;
    let words = [
        "log",
        "--admin-address",
        envoy.admin(),
        "--level",
        "nosuch:debug",
    ];
    let refused = proxy_config(&words, "").unwrap_err().to_string();
    assert!(
        refused.contains("400 Bad Request: error: unknown logger name"),
        "{refused}"
    );
    Ok(())
}
