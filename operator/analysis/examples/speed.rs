//! How long it takes to analyse a thousand objects: `cargo run --release -p mainsheet-analysis
//! --example speed`.

#![allow(clippy::print_stdout, reason = "its answer is for the terminal")]

use std::fmt::Write as _;
use std::time::Instant;

use mainsheet_analysis::{Builder, Scope, analyze, source};

/// Services with a Deployment, a VirtualService and a DestinationRule each.
const SERVICES: usize = 250;

fn main() {
    let mut text = String::new();
    for i in 0..SERVICES {
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{i}}}, spec: {{selector: {{app: s{i}}}, ports: [{{name: http, port: 80}}]}}}}\n\
             ---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: s{i}}}, spec: {{selector: {{}}, template: {{metadata: {{labels: {{app: s{i}, version: v1}}}}, spec: {{containers: [{{name: app}}]}}}}}}}}\n\
             ---\n{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: s{i}}}, spec: {{hosts: [s{i}], http: [{{match: [{{uri: {{prefix: /a}}}}], route: [{{destination: {{host: s{i}, subset: v1}}}}]}}]}}}}\n\
             ---\n{{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {{name: s{i}}}, spec: {{host: s{i}, subsets: [{{name: v1, labels: {{version: v1}}}}]}}}}\n"
        );
    }
    let begun = Instant::now();
    let (written, _) = source::read("speed.yaml", &text);
    let read = begun.elapsed();
    let mut builder = Builder::new("default");
    for one in written {
        builder.file(one);
    }
    let snapshot = builder.build();
    let found = analyze(&snapshot, &Scope::default()).messages.len();
    println!(
        "{} objects: read in {read:?}, with analysis {:?}, {found} messages",
        snapshot.len(),
        begun.elapsed()
    );
}
