package engine

import (
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

const resourcePrefix = "resource.opentelemetry.io/"

// otelResourceAttributes gives the attributes of OpenTelemetry's conventions for Kubernetes, when a tracing provider of
// the mesh asks for them. Each comes from its annotation, else from what the pod shows.
func otelResourceAttributes(mesh *meshconfig.MeshConfig, annotations, labels map[string]string, namespace string, containers []corev1.Container) string {
	if !wantsConventions(mesh) {
		return ""
	}
	version := labels["app.kubernetes.io/version"]
	if version == "" && len(containers) == 1 {
		version = imageVersion(containers[0].Image)
	}
	instance := ""
	if len(containers) > 0 {
		instance = namespace + ".$(POD_NAME)." + containers[0].Name
	}
	var out []string
	for _, attribute := range [][2]string{
		{"service.namespace", namespace}, {"service.version", version}, {"service.instance.id", instance},
	} {
		value := annotations[resourcePrefix+attribute[0]]
		if value == "" {
			value = attribute[1]
		}
		if value != "" {
			out = append(out, attribute[0]+"="+value)
		}
	}
	return strings.Join(out, ",")
}

func wantsConventions(mesh *meshconfig.MeshConfig) bool {
	for _, provider := range mesh.GetExtensionProviders() {
		if provider.GetOpentelemetry().GetServiceAttributeEnrichment() == meshconfig.MeshConfig_ExtensionProvider_OTEL_SEMANTIC_CONVENTIONS {
			return true
		}
	}
	return false
}

// imageVersion is the tag, the digest, or tag@digest of an image reference.
func imageVersion(image string) string {
	name, digest, pinned := strings.Cut(image, "@")
	tag := ""
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		tag = name[colon+1:]
	}
	if pinned && tag != "" {
		return tag + "@" + digest
	}
	return tag + digest
}
