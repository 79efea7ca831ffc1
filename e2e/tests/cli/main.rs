//! The verbs of the command line that need a cluster, against a real API server. What injection and
//! proxies are asked is in `proxy`, `envoy.rs` and `analyze.rs`.

mod alone;
mod led;
mod report;

use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::World;
use serde_json::Value;

/// What a verb wrote, after it has ended as expected.
struct Told {
    out: String,
    err: String,
}

/// Runs a verb, whose exit code must be this one.
fn run(world: &World, code: i32, words: &[&str]) -> Result<Told> {
    told(world.mainsheet(words), code)
}

fn told(mut command: Command, code: i32) -> Result<Told> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output()?;
    let (out, err) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    let words: Vec<_> = command.get_args().collect();
    ensure!(
        status.code() == Some(code),
        "{words:?} ended with {status}, expected {code}:\n{out}\n{err}"
    );
    // Nobody watches: neither colours nor drawings.
    ensure!(
        !format!("{out}{err}").contains('\x1b'),
        "{words:?} draws: {out:?} {err:?}"
    );
    Ok(Told { out, err })
}

/// Runs a verb, which must write these texts to stdout.
fn writes(world: &World, code: i32, words: &[&str], expected: &[&str]) -> Result<()> {
    let told = run(world, code, words)?;
    all_in(words, &told.out, expected)
}

/// Runs a verb, which must say these texts on stderr.
fn says(world: &World, code: i32, words: &[&str], expected: &[&str]) -> Result<()> {
    let told = run(world, code, words)?;
    all_in(words, &told.err, expected)
}

fn all_in(words: &[&str], told: &str, expected: &[&str]) -> Result<()> {
    for text in expected {
        ensure!(told.contains(text), "{words:?}: {text:?} is not in\n{told}");
    }
    Ok(())
}

/// What a verb writes as JSON.
fn json(world: &World, code: i32, words: &[&str]) -> Result<Value> {
    let told = run(world, code, &[words, &["-o", "json"]].concat())?;
    serde_json::from_str(&told.out).with_context(|| format!("{words:?}: {}", told.out))
}
