//! The lines as a tree, built once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Entry, gateways, global, mesh, nodes, pilot, shared, unread};

/// A step on the way to values, or a value.
#[derive(Debug)]
pub(crate) enum Node {
    /// More steps, by key.
    Branch(BTreeMap<&'static str, Node>),
    /// A value.
    Leaf(&'static Entry),
}

/// All values, by path.
pub(crate) fn tree() -> &'static Node {
    static TREE: LazyLock<Node> = LazyLock::new(build);
    &TREE
}

fn build() -> Node {
    let mut root = BTreeMap::new();
    let sections = [
        global::ENTRIES,
        global::PROXY,
        pilot::ENTRIES,
        shared::ENTRIES,
        mesh::ENTRIES,
        nodes::CNI,
        nodes::ZTUNNEL,
        gateways::SHARED,
        unread::ENTRIES,
    ];
    for entry in sections.into_iter().flatten() {
        insert(&mut root, entry.path, entry);
    }
    for gateway in [
        "gateways.istio-ingressgateway",
        "gateways.istio-egressgateway",
    ] {
        let of_each = gateways::EACH.iter();
        let more = gateways::INGRESS
            .iter()
            .filter(|_| gateway.contains("ingress"));
        for entry in of_each.chain(more) {
            insert_under(&mut root, gateway, entry);
        }
    }
    for entry in gateways::EGRESS {
        insert_under(&mut root, "gateways.istio-egressgateway", entry);
    }
    Node::Branch(root)
}

fn insert_under(
    root: &mut BTreeMap<&'static str, Node>,
    prefix: &'static str,
    entry: &'static Entry,
) {
    let mut keys = prefix.split('.');
    if let (Some(first), Some(second)) = (keys.next(), keys.next())
        && let Node::Branch(gateways) = branch(root, first)
        && let Node::Branch(gateway) = branch(gateways, second)
    {
        insert(gateway, entry.path, entry);
    }
}

fn insert(map: &mut BTreeMap<&'static str, Node>, path: &'static str, entry: &'static Entry) {
    match path.split_once('.') {
        None => {
            map.insert(path, Node::Leaf(entry));
        }
        Some((key, rest)) => {
            if let Node::Branch(below) = branch(map, key) {
                insert(below, rest, entry);
            }
        }
    }
}

fn branch<'a>(map: &'a mut BTreeMap<&'static str, Node>, key: &'static str) -> &'a mut Node {
    map.entry(key)
        .or_insert_with(|| Node::Branch(BTreeMap::new()))
}
