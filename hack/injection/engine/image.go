package engine

import (
	"strings"

	proxyimage "istio.io/api/networking/v1beta1"

	"mainsheet.dev/hack/injection/bundle"
)

const imageTypeAnnotation = "sidecar.istio.io/proxyImageType"

// imageNames gives the images that istiod works out of values, ProxyConfig and annotations: of the proxy and of the
// container that sets the redirection up, which may differ since 1.31.
func imageNames(version bundle.Minor, values map[string]any, image *proxyimage.ProxyImage, annotations map[string]string) (proxy, init string) {
	variant := text(values, "global", "variant")
	proxyKind := variant
	if image != nil && (image.ImageType != "" || !version.AtLeast(since131)) {
		proxyKind = image.ImageType
	}
	if kind, ok := annotations[imageTypeAnnotation]; ok {
		proxyKind, variant = kind, kind
	}
	return reference(values, text(values, "global", "proxy", "image"), proxyKind),
		reference(values, text(values, "global", "proxy_init", "image"), variant)
}

func agentgatewayImage(values map[string]any, image *proxyimage.ProxyImage, annotations map[string]string) string {
	kind := text(values, "global", "variant")
	if image != nil {
		kind = image.ImageType
	}
	if named, ok := annotations["gateway.istio.io/agentgatewayImage"]; ok {
		kind = named
	}
	return reference(values, "agentgateway", kind)
}

// reference is hub/name:tag-kind. A kind that the tag already ends in is replaced.
func reference(values map[string]any, name, kind string) string {
	if name == "" {
		name = "proxyv2"
	}
	tag := text(values, "global", "tag")
	if kind != "" {
		for _, known := range []string{"-distroless", "-debug"} {
			if bare, ok := strings.CutSuffix(tag, known); ok {
				tag = bare
				break
			}
		}
		if kind != "default" {
			tag += "-" + kind
		}
	}
	return text(values, "global", "hub") + "/" + name + ":" + tag
}
