//! Istio versions, profiles and values: the layers that give one resolved mesh.
