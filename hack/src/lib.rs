//! The xtask: local cluster, generated files, tests, demo, benchmarks.
