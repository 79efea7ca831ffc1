//! Secrets: the certificates by which a proxy is known and those that it trusts. Their keys are not
//! read.

use jiff::Timestamp;
use k8s_openapi::ByteString;
use serde_json::Value;

use super::certificate::Certificate;
use super::dump::{Dump, State};
use super::json::{field, text};
use super::{Resource, or_dash};
use crate::printer::Tone;
use crate::table::Cell;

const SECTION: &str = "SecretsConfigDump";
const LISTS: [(&str, State); 4] = [
    ("static_secrets", State::Active),
    ("dynamic_active_secrets", State::Active),
    ("dynamic_warming_secrets", State::Warming),
    ("static_warming_secrets", State::Warming),
];

/// A secret, judged at a time.
#[derive(Debug)]
pub(crate) struct Secret<'a> {
    value: &'a Value,
    name: &'a str,
    state: State,
    certificates: Option<Vec<Certificate>>,
    now: Timestamp,
}

impl<'a> Secret<'a> {
    /// Those of a dump, in its order.
    pub(crate) fn of(dump: &'a Dump, now: Timestamp) -> Vec<Self> {
        let mut found = Vec::new();
        for (list, state) in LISTS {
            for section in dump.sections(SECTION) {
                for entry in super::json::items(section, list) {
                    found.push(Self::new(entry, state, now));
                }
            }
        }
        found
    }

    fn new(entry: &'a Value, state: State, now: Timestamp) -> Self {
        let secret = field(entry, "secret");
        Self {
            value: entry,
            name: text(entry, "name"),
            state,
            certificates: pem(source(secret)).and_then(|pem| Certificate::of_pem(&pem)),
            now,
        }
    }

    fn kind(&self) -> &'static str {
        let secret = field(self.value, "secret");
        if field(secret, "tls_certificate").is_object() {
            "Cert Chain"
        } else if field(secret, "validation_context").is_object() {
            "CA"
        } else {
            ""
        }
    }

    fn row(&self, certificate: Option<&Certificate>) -> Vec<Cell> {
        let state = match self.state {
            State::Active => Cell::toned(Tone::Good, "ACTIVE"),
            State::Warming => Cell::toned(Tone::Busy, "WARMING"),
        };
        let valid = match certificate.map(|one| one.is_valid_at(self.now)) {
            Some(true) => Cell::toned(Tone::Good, "true"),
            Some(false) => Cell::toned(Tone::Bad, "false"),
            None => "-".into(),
        };
        let (serial, after, before) = certificate.map_or_else(Default::default, |one| {
            (
                one.serial.clone(),
                one.not_after.to_string(),
                one.not_before.to_string(),
            )
        });
        vec![
            self.name.into(),
            or_dash(self.kind()),
            state,
            valid,
            or_dash(serial),
            or_dash(after),
            or_dash(before),
        ]
    }
}

/// Where the certificates of a secret are.
fn source(secret: &Value) -> &Value {
    let chain = field(field(secret, "tls_certificate"), "certificate_chain");
    match chain {
        Value::Null => field(field(secret, "validation_context"), "trusted_ca"),
        chain => chain,
    }
}

/// The text of a data source, where it is within the dump.
fn pem(source: &Value) -> Option<Vec<u8>> {
    let inline = field(source, "inline_string").as_str();
    if let Some(inline) = inline {
        return Some(inline.as_bytes().to_vec());
    }
    let bytes = field(source, "inline_bytes").clone();
    serde_json::from_value::<ByteString>(bytes)
        .ok()
        .map(|bytes| bytes.0)
}

impl Resource for Secret<'_> {
    const PLURAL: &'static str = "secrets";
    const HEADINGS: &'static [&'static str] = &[
        "RESOURCE NAME",
        "TYPE",
        "STATUS",
        "VALID CERT",
        "SERIAL NUMBER",
        "NOT AFTER",
        "NOT BEFORE",
    ];

    fn rows(&self) -> Vec<Vec<Cell>> {
        match &self.certificates {
            None => vec![self.row(None)],
            Some(all) => all.iter().map(|one| self.row(Some(one))).collect(),
        }
    }

    fn value(&self) -> &Value {
        self.value
    }
}
