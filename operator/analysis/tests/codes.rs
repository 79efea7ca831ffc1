//! Every code on small objects: those for which it is given, with words of its message, and their
//! good twins, for which it is not.
//!
//! A case is a file: `### bad: words`, documents, `### good`, documents; with `### live` first, the
//! objects are a cluster's. Its name begins with the code.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use mainsheet_analysis::{Builder, Code, Message, Scope, analyze, source};

struct Case {
    name: String,
    code: Code,
    is_live: bool,
    words: String,
    bad: String,
    good: String,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(case).collect()
}

fn case(path: &PathBuf) -> Case {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("### bad: ").expect(&name);
    let (words, rest) = rest.split_once('\n').expect(&name);
    let (bad, good) = rest.split_once("### good\n").expect(&name);
    let code = name.split('-').next().unwrap().to_uppercase();
    Case {
        code: Code::find(&code).expect(&name),
        is_live: before == "### live\n",
        words: words.to_owned(),
        bad: bad.to_owned(),
        good: good.to_owned(),
        name,
    }
}

fn found(text: &str, is_live: bool) -> Vec<Message> {
    let (written, errors) = source::read("case.yaml", text);
    assert_eq!(errors, [], "{text}");
    let mut builder = Builder::new("default");
    for one in written {
        if is_live {
            builder.live(one.value);
        } else {
            assert!(
                builder.file(one) || text.contains("policy.example.com"),
                "{text}"
            );
        }
    }
    analyze(&builder.build(), &Scope::default()).messages
}

#[test]
fn a_code_is_given_for_what_is_wrong_and_not_for_its_good_twin() {
    let mut failures = Vec::new();
    for case in cases() {
        let bad = found(&case.bad, case.is_live);
        let given = |m: &&Message| m.code == case.code;
        if !bad
            .iter()
            .filter(given)
            .any(|m| m.text.contains(&case.words))
        {
            failures.push(format!("{}: bad gives {bad:#?}", case.name));
        }
        let good = found(&case.good, case.is_live);
        if let Some(message) = good.iter().find(given) {
            failures.push(format!("{}: good gives {message}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let cased: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(cased, all);
}

#[test]
fn the_documentation_lists_every_code_with_its_level() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/analyze.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| IST"))
        .collect();
    let wanted: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            let (number, name) = (code.as_str(), code.name());
            format!(
                "| {number} | {name} | {} | {} |",
                code.level().as_str(),
                code.about()
            )
        })
        .collect();
    assert_eq!(rows, wanted);
}
