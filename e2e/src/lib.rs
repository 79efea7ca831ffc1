//! Ring 3: the operator and the CLI against a real Kubernetes control plane.
