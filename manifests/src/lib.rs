//! Renders a resolved mesh into labelled Kubernetes objects.
