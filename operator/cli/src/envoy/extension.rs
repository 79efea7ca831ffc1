//! Extension configurations: what a proxy's filters are made of, where istiod sends it apart.

use serde_json::Value;

use super::dump::Dump;
use super::json::{field, kind, text};
use super::{Resource, or_dash};
use crate::table::Cell;

const SECTION: &str = "EcdsConfigDump";

/// An extension configuration.
#[derive(Debug)]
pub(crate) struct Extension<'a> {
    value: &'a Value,
    version: &'a str,
}

impl<'a> Extension<'a> {
    /// Those of a dump, in its order.
    pub(crate) fn of(dump: &'a Dump) -> Vec<Self> {
        let filters = dump
            .sections(SECTION)
            .flat_map(|section| super::json::items(section, "ecds_filters"));
        let found = filters.map(|entry| Self {
            value: field(entry, "ecds_filter"),
            version: text(entry, "version_info"),
        });
        found.collect()
    }
}

impl Resource for Extension<'_> {
    const PLURAL: &'static str = "extension configurations";
    const HEADINGS: &'static [&'static str] = &["NAME", "TYPE", "VERSION"];

    fn rows(&self) -> Vec<Vec<Cell>> {
        vec![vec![
            text(self.value, "name").into(),
            or_dash(kind(field(self.value, "typed_config"))),
            or_dash(self.version),
        ]]
    }

    fn value(&self) -> &Value {
        self.value
    }
}
