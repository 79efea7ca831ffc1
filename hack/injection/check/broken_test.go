package check

import (
	"io"
	"strings"
	"testing"

	"mainsheet.dev/hack/injection/bundle"
)

func sources(t *testing.T) bundle.Sources {
	t.Helper()
	loaded, err := bundle.Load("../../../manifests/templates/injection")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestAllTemplatesOfAllVersionsPass(t *testing.T) {
	if err := Run(io.Discard, sources(t)); err != nil {
		t.Fatal(err)
	}
}

func TestABrokenTemplateIsFound(t *testing.T) {
	for name, broken := range map[string]struct{ template, text, by, want string }{
		"syntax":             {"sidecar", "spec:\n", "spec: {{ end }}\n", "unexpected {{end}}"},
		"function":           {"grpc-simple", "spec:\n", "spec: {{ unknown }}\n", `function "unknown" not defined`},
		"newer function":     {"sidecar", "#@ since 1.30\n", "#@ since 1.29\n", `function "otelResourceAttributes" not defined`},
		"data":               {"gateway", ".ProxyImage", ".GatewayImage", "can't evaluate field GatewayImage"},
		"newer data":         {"sidecar", "#@ since 1.31\n", "#@ since 1.28\n", "can't evaluate field ProxyInitImage"},
		"proto field":        {"sidecar", ".MeshConfig.ProxyListenPort", ".MeshConfig.ListenPort", "can't evaluate field ListenPort"},
		"missing value":      {"sidecar", "runAsNonRoot: {{ not $root }}", "runAsNonRoot: {{ $proxy.nothing }}", "a value is missing"},
		"field of Pod":       {"grpc-agent", "imagePullPolicy:", "imagePullPolice:", `unknown field "imagePullPolice"`},
		"YAML":               {"gateway", "    ]\n", "\n", "did not find expected"},
		"volume":             {"sidecar", "{name: istio-data, emptyDir: {}},", "", "mounts volume istio-data"},
		"selector":           {"waypoint", `"object.scaling" .`, `"object.scaling" (omit .)`, "wrong type"},
		"field of an object": {"kube-gateway", "serviceAccountName:", "serviceAccount_:", `unknown field "serviceAccount_"`},
		"account":            {"agentgateway", "serviceAccountName: {{ toJson .ServiceAccount }}", "serviceAccountName: default", "pods run as"},
	} {
		t.Run(name, func(t *testing.T) {
			all := sources(t)
			before := all.Templates[broken.template]
			after := strings.ReplaceAll(before, broken.text, broken.by)
			if after == before {
				t.Fatalf("%q is not in template %s", broken.text, broken.template)
			}
			all.Templates = map[string]string{broken.template: after}
			err := Run(io.Discard, all)
			if err == nil || !strings.Contains(err.Error(), broken.want) {
				t.Errorf("got %v, want %q", err, broken.want)
			}
		})
	}
}
