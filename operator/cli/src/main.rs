//! The `mainsheet` command line.

fn main() {}
