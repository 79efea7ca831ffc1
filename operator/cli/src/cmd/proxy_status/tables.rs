//! Proxies as tables, with istioctl's columns.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::istiod::{CORE_TYPES, Proxy, Sync};
use crate::printer::Tone;
use crate::table::{Cell, Table};

/// What each proxy has asked for. One that is behind says so.
pub(super) fn short(proxies: &[Proxy]) -> Table {
    let mut table = Table::new(["NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"]);
    for proxy in proxies {
        table.row([
            proxy.name.as_str().into(),
            proxy.cluster.as_str().into(),
            proxy.istiod.as_str().into(),
            proxy.version.as_str().into(),
            subscribed(proxy),
        ]);
    }
    table
}

fn subscribed(proxy: &Proxy) -> Cell {
    let names: Vec<&str> = types(std::slice::from_ref(proxy), &[]);
    let count = names.len();
    let list = format!("{count} ({})", names.join(","));
    let behind = |wanted: fn(&Sync) -> bool| -> Vec<&str> {
        let found = names
            .iter()
            .filter(|name| proxy.types.get(**name).is_some_and(wanted));
        found.copied().collect()
    };
    let refused = behind(|sync| matches!(sync, Sync::Refused { .. }));
    let stale = behind(|sync| matches!(sync, Sync::Stale { .. }));
    if !refused.is_empty() {
        Cell::toned(Tone::Bad, format!("{list}; refused: {}", refused.join(",")))
    } else if !stale.is_empty() {
        Cell::toned(Tone::Busy, format!("{list}; stale: {}", stale.join(",")))
    } else {
        list.into()
    }
}

/// A column for each type; what a proxy has not asked for is ignored.
pub(super) fn wide(proxies: &[Proxy], now: Timestamp) -> Table {
    let types = types(proxies, &CORE_TYPES);
    let mut headings = vec!["NAME".to_owned(), "CLUSTER".to_owned()];
    headings.extend(types.iter().map(|name| (*name).to_owned()));
    headings.extend(["ISTIOD".to_owned(), "VERSION".to_owned()]);
    let mut table = Table::new(headings);
    for proxy in proxies {
        let mut row: Vec<Cell> = vec![proxy.name.as_str().into(), proxy.cluster.as_str().into()];
        row.extend(types.iter().map(|name| cell(proxy.types.get(*name), now)));
        row.extend([proxy.istiod.as_str().into(), proxy.version.as_str().into()]);
        table.row(row);
    }
    table
}

fn cell(sync: Option<&Sync>, now: Timestamp) -> Cell {
    let Some(sync) = sync else {
        return Cell::toned(Tone::Faint, "IGNORED");
    };
    let tone = match sync {
        Sync::Synced { .. } => Tone::Good,
        Sync::Stale { .. } => Tone::Busy,
        Sync::Refused { .. } => Tone::Bad,
        Sync::NotSent => Tone::Plain,
    };
    Cell::toned(tone, sync.describe(now))
}

/// The types that any of the proxies has asked for, and these: the well-known ones first.
fn types<'a>(proxies: &'a [Proxy], always: &[&'static str]) -> Vec<&'a str> {
    let mut seen: BTreeSet<&str> = proxies
        .iter()
        .flat_map(|proxy| proxy.types.keys().map(String::as_str))
        .chain(always.iter().copied())
        .collect();
    let mut types: Vec<&str> = CORE_TYPES
        .into_iter()
        .filter(|name| seen.remove(name))
        .collect();
    types.extend(seen);
    types
}
