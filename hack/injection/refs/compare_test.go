package refs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/bundle"
)

func parse(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return normal(value, "")
}

func TestOrderCountsOnlyWhereKubernetesGivesItMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"env":         {"env: [{name: a, value: x}, {name: b}]", "env: [{name: b}, {name: a, value: x}]", true},
		"args":        {"args: [a, b]", "args: [b, a]", false},
		"tolerations": {"tolerations: [{key: a}, {key: b}]", "tolerations: [{key: b}, {key: a}]", true},
		"empty":       {"a: {b: {}, c: null, d: ''}", "{}", true},
		"zero":        {"a: 0", "{}", false},
		"quantity":    {"limits: {cpu: 2}", "limits: {cpu: '2'}", true},
		"labels":      {"labels: {helm.sh/chart: x, app: a}", "labels: {app: a}", true},
		"value":       {"env: [{name: a, value: x}]", "env: [{name: a, value: y}]", false},
	} {
		if got := len(diff(parse(t, c.a), parse(t, c.b), "")) == 0; got != c.same {
			t.Errorf("%s: same is %v", name, got)
		}
	}
}

const (
	pod = `apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {sidecar.istio.io/inject: INJECT}}
spec: {containers: [{name: c, image: i}]}
`
	configuration = `kind: ConfigMap
data:
  mesh: "{}"
---
kind: ConfigMap
data:
  config: "{}"
  values: "{}"
`
	sidecar = `spec: {containers: [{name: istio-proxy, image: {{ .ProxyImage }}}]}`
)

// reference writes a reference with two pods: one that opts out, and one that ought to be injected but is not.
func reference(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"injection/1.30.3/one/out.in.yaml":        strings.ReplaceAll(pod, "INJECT", `"false"`),
		"injection/1.30.3/one/out.out.yaml":       strings.ReplaceAll(pod, "INJECT", `"false"`),
		"injection/1.30.3/one/in.in.yaml":         strings.ReplaceAll(pod, "INJECT", `"true"`),
		"injection/1.30.3/one/in.out.yaml":        strings.ReplaceAll(pod, "INJECT", `"true"`),
		"render/1.30.3/one/expected.yaml":         configuration,
		"render/1.30.3/one/meshinstallation.yaml": "spec: {revision: canary}",
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEveryPodGetsALineAndADifferenceFails(t *testing.T) {
	var out strings.Builder
	sources := bundle.Sources{Templates: map[string]string{"sidecar": sidecar}}
	equal, err := Compare(&out, sources, reference(t), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"equal  1.30.3/one/out\n", "DIFFER 1.30.3/one/in\n", ".istio-proxy: not wanted", `\"revision\":\"canary\"`, "1/2 equal\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if equal {
		t.Error("a difference passes")
	}
}

func TestAnEmptyReferenceIsNoSuccess(t *testing.T) {
	equal, err := Compare(&strings.Builder{}, bundle.Sources{}, t.TempDir(), false)
	if err != nil || equal {
		t.Errorf("got %v, %v", equal, err)
	}
}
