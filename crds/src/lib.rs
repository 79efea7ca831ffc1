//! Mainsheet's own API types and Istio's, with their CRDs.
