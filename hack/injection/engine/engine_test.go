package engine

import (
	"testing"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestExcludeInboundPortAddsAPortOnce(t *testing.T) {
	for _, c := range []struct {
		port       any
		list, want string
	}{
		{15020, "", "15020"}, {15020.0, "80, 81", "80,81,15020"}, {"15020", "80,15020", "80,15020"},
		{0, "80", "80"}, {" ", "80", "80"},
	} {
		if got := excludeInboundPort(c.port, c.list); got != c.want {
			t.Errorf("%v to %q: got %q, want %q", c.port, c.list, got, c.want)
		}
	}
}

func TestAppendMultusNetworkKeepsTheForm(t *testing.T) {
	for before, want := range map[string]string{
		"":                                  "ns/net",
		"a, ns/net":                         "a, ns/net",
		"a":                                 "a, ns/net",
		`[{"name":"a"}]`:                    `[{"name":"a"}, {"name": "net", "namespace": "ns"}]`,
		`[{"name":"a]`:                      `[{"name":"a]`,
		`[{"name":"net","namespace":"ns"}]`: `[{"name":"net","namespace":"ns"}]`,
	} {
		if got := appendMultusNetwork(before, "ns/net"); got != want {
			t.Errorf("%q: got %q, want %q", before, got, want)
		}
	}
}

func TestOmitNilDropsWhatIsLeftEmpty(t *testing.T) {
	value := map[string]any{"a": nil, "b": map[string]any{"c": nil}, "d": map[string]any{}, "e": []any{nil, 1.0}}
	got := toJSON(omitNil(value))
	if got != `{"d":{},"e":[1]}` {
		t.Errorf("got %s", got)
	}
}

func TestImageVersionIsTagOrDigestOrBoth(t *testing.T) {
	for image, want := range map[string]string{
		"app": "", "app:1": "1", "host:5000/app": "", "host:5000/app:1": "1", "app@sha256:d": "sha256:d", "app:1@sha256:d": "1@sha256:d",
	} {
		if got := imageVersion(image); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
}

func TestAKindOfImageReplacesTheOneInTheTag(t *testing.T) {
	values := map[string]any{"global": map[string]any{"hub": "h", "tag": "1-debug"}}
	for kind, want := range map[string]string{"": "h/p:1-debug", "default": "h/p:1", "distroless": "h/p:1-distroless"} {
		if got := reference(values, "p", kind); got != want {
			t.Errorf("%q: got %s, want %s", kind, got, want)
		}
	}
}

func TestTheMeshIsReadOverDefaults(t *testing.T) {
	mesh, err := ParseMesh("trustDomain: td\ndefaultConfig: {concurrency: 2, proxyMetadata: {A: b}}\nunknown: 1")
	if err != nil {
		t.Fatal(err)
	}
	if mesh, err = withProxyConfig("proxyMetadata: {C: d}", mesh); err != nil {
		t.Fatal(err)
	}
	if mesh.TrustDomain != "td" || mesh.ProxyListenPort != 15001 || mesh.DefaultConfig.StatusPort != 15020 {
		t.Errorf("got %v", mesh)
	}
	if got := protoToJSON(mesh.DefaultConfig); got != `{"concurrency":2,"proxyMetadata":{"A":"b","C":"d"}}` {
		t.Errorf("got %s", got)
	}
}

func TestThePodsOwnerIsGuessedFromItsController(t *testing.T) {
	yes := true
	for _, c := range []struct{ kind, name, label, hash, want string }{
		{"ReplicaSet", "web-5f", "pod-template-hash", "5f", "Deployment/web"},
		{"ReplicaSet", "web-5f", "rollouts-pod-template-hash", "5f", "Rollout/web"},
		{"ReplicaSet", "web-5f", "", "", "ReplicaSet/web-5f"},
		{"Job", "night-28123456", "", "", "CronJob/night"},
		{"Job", "once", "", "", "Job/once"},
		{"ReplicationController", "web-1", "deploymentconfig", "web", "DeploymentConfig/web"},
	} {
		pod := &corev1.Pod{}
		pod.GenerateName = "x-"
		pod.Labels = map[string]string{c.label: c.hash}
		pod.OwnerReferences = []metav1.OwnerReference{{Kind: c.kind, Name: c.name, Controller: &yes}}
		owner := OwnerOfPod(pod)
		if got := owner.Type.Kind + "/" + owner.Name.Name; got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.kind, c.name, got, c.want)
		}
	}
}

func TestMetricsOfTheProxysOwnPortsAreRefusedSince131(t *testing.T) {
	pod := &corev1.Pod{}
	pod.Annotations = map[string]string{"prometheus.io/port": "15090"}
	for version, refused := range map[string]bool{"1.30": false, "1.31": true} {
		injector := &Injector{Version: since131, Mesh: mustMesh(t)}
		if version == "1.30" {
			injector.Version = since130
		}
		if err := injector.mergeMetrics(pod.DeepCopy()); (err != nil) != refused {
			t.Errorf("%s: got %v", version, err)
		}
	}
}

func TestMetricsAnnotationsMoveIntoTheProxysEnvironment(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: proxyName}}}}
	pod.Annotations = map[string]string{"prometheus.istio.io/scrape-targets": "80, 81:/m"}
	if err := (&Injector{Version: since131, Mesh: mustMesh(t)}).mergeMetrics(pod); err != nil {
		t.Fatal(err)
	}
	want := `{"scrape":"","path":"/metrics","port":"80","targets":[{"port":"80","path":"/metrics"},{"port":"81","path":"/m"}]}`
	if env := pod.Spec.Containers[0].Env; len(env) != 1 || env[0].Value != want {
		t.Errorf("got %v", env)
	}
	if pod.Annotations["prometheus.io/port"] != "15020" || len(pod.Annotations) != 3 {
		t.Errorf("got %v", pod.Annotations)
	}
}

func mustMesh(t *testing.T) *meshconfig.MeshConfig {
	t.Helper()
	mesh, err := ParseMesh("{}")
	if err != nil {
		t.Fatal(err)
	}
	return mesh
}
