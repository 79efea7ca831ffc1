package check

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"mainsheet.dev/hack/injection/bundle"
	"mainsheet.dev/hack/injection/engine"
)

// mesh is a mesh of a version, with changes to its values by path, and its configuration.
type mesh struct {
	version string
	values  map[string]any
	config  map[string]any
}

func (m mesh) injector(t *testing.T) *engine.Injector {
	t.Helper()
	version, err := bundle.ParseMinor(m.version)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := sources(t).For(version)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := engine.Parse(version, texts)
	if err != nil {
		t.Fatal(err)
	}
	if m.config == nil {
		m.config = map[string]any{}
	}
	made, err := newScenario(m.values, m.config)
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Injector{Version: version, Templates: parsed, Mesh: made.mesh, Values: made.values}
}

func (m mesh) inject(t *testing.T, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	injected, err := m.injector(t).Inject(pod, owner)
	if err != nil {
		t.Fatal(err)
	}
	return injected
}

func app(annotations map[string]string) *corev1.Pod {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app:7"}}}}
	pod.Annotations = annotations
	return pod
}

func names(containers []corev1.Container) string {
	var out []string
	for _, container := range containers {
		out = append(out, container.Name)
	}
	return strings.Join(out, " ")
}

func proxyOf(t *testing.T, pod *corev1.Pod) corev1.Container {
	t.Helper()
	for _, container := range append(slices.Clone(pod.Spec.Containers), pod.Spec.InitContainers...) {
		if container.Name == "istio-proxy" {
			return container
		}
	}
	t.Fatal("no istio-proxy")
	return corev1.Container{}
}

func env(container corev1.Container, name string) string {
	for _, item := range container.Env {
		if item.Name == name {
			return item.Value
		}
	}
	return "(none)"
}

func TestRedirectionComesLastAndANativeSidecarFirst(t *testing.T) {
	pod := app(nil)
	pod.Spec.InitContainers = []corev1.Container{{Name: "early", Image: "i"}}
	plain := mesh{version: "1.30"}.inject(t, pod)
	if got := names(plain.Spec.InitContainers) + " | " + names(plain.Spec.Containers); got != "early istio-init | app istio-proxy" {
		t.Errorf("plain: %s", got)
	}
	pod.Annotations = map[string]string{"sidecar.istio.io/nativeSidecar": "true"}
	native := mesh{version: "1.30"}.inject(t, pod)
	if got := names(native.Spec.InitContainers) + " | " + names(native.Spec.Containers); got != "istio-init istio-proxy early | app" {
		t.Errorf("native: %s", got)
	}
	if policy := proxyOf(t, native).RestartPolicy; policy == nil || *policy != corev1.ContainerRestartPolicyAlways {
		t.Errorf("restartPolicy is %v", policy)
	}
}

func TestTheCNIPluginTakesThePlaceOfThePrivilegedContainer(t *testing.T) {
	pod := mesh{version: "1.30", values: map[string]any{"pilot.cni.enabled": true}}.inject(t, app(nil))
	init := pod.Spec.InitContainers[0]
	if init.Name != "istio-validation" || !slices.Contains(init.Args, "--skip-rule-apply") || len(init.SecurityContext.Capabilities.Add) > 0 {
		t.Errorf("got %+v", init)
	}
	if got := pod.Annotations["traffic.sidecar.istio.io/excludeInboundPorts"]; got != "15020" {
		t.Errorf("the plugin is to leave port %q alone", got)
	}
}

func TestAnyResourceAnnotationReplacesAllResources(t *testing.T) {
	pod := mesh{version: "1.30"}.inject(t, app(map[string]string{"sidecar.istio.io/proxyCPU": "7m"}))
	got := proxyOf(t, pod).Resources
	if got.Requests.Cpu().String() != "7m" || len(got.Requests) != 1 || len(got.Limits) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestWhatTheOwnerSaysOfTheProxyWins(t *testing.T) {
	user := int64(2000)
	pod := app(nil)
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
		Name: "istio-proxy", Image: "auto",
		Env:             []corev1.EnvVar{{Name: "PILOT_CERT_PROVIDER", Value: "mine"}},
		SecurityContext: &corev1.SecurityContext{RunAsUser: &user},
	})
	injected := mesh{version: "1.30"}.inject(t, pod)
	proxy := proxyOf(t, injected)
	if proxy.Image != "registry.example/mesh/proxyv2:v1" || env(proxy, "PILOT_CERT_PROVIDER") != "mine" || *proxy.SecurityContext.RunAsUser != user {
		t.Errorf("got %+v", proxy)
	}
	args := injected.Spec.InitContainers[0].Args
	if got := args[slices.Index(args, "-u")+1]; got != "2000" {
		t.Errorf("traffic of user %s is left alone", got)
	}
}

func TestInjectingAgainChangesNothing(t *testing.T) {
	pod := app(map[string]string{"prometheus.io/port": "9090"})
	pod.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready"}}}
	pod.Spec.Containers[0].ReadinessProbe.HTTPGet.Port.IntVal = 8080
	once := mesh{version: "1.30"}.inject(t, pod)
	again := mesh{version: "1.30"}.inject(t, once)
	if !equality.Semantic.DeepEqual(once, again) {
		a, _ := json.MarshalIndent(once, "", " ")
		b, _ := json.MarshalIndent(again, "", " ")
		t.Errorf("first:\n%s\nthen:\n%s", a, b)
	}
}

func TestProbesAreAskedOfTheAgent(t *testing.T) {
	pod := app(nil)
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}}
	probe := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Scheme: corev1.URISchemeHTTPS}}}
	probe.HTTPGet.Port.Type, probe.HTTPGet.Port.StrVal = 1, "web"
	pod.Spec.Containers[0].ReadinessProbe = probe
	injected := mesh{version: "1.30"}.inject(t, pod)
	if got := env(proxyOf(t, injected), "ISTIO_KUBE_APP_PROBERS"); got != `{"/app-health/app/readyz":{"httpGet":{"path":"/ready","port":8080,"scheme":"HTTPS"}}}` {
		t.Errorf("the agent asks %s", got)
	}
	asked := injected.Spec.Containers[0].ReadinessProbe.HTTPGet
	if asked.Path != "/app-health/app/readyz" || asked.Port.IntVal != 15020 || asked.Scheme != corev1.URISchemeHTTP {
		t.Errorf("the kubelet asks %+v", asked)
	}
}

func TestNoTextLeavesItsPlace(t *testing.T) {
	evil := "a\": b\n- {c}}} {{ .Values }} #"
	pod := app(map[string]string{"sidecar.istio.io/logLevel": evil, "sidecar.istio.io/bootstrapOverride": evil})
	pod.Labels = map[string]string{"app": evil}
	injected := mesh{
		version: "1.31",
		values:  map[string]any{"global.meshID": evil, "global.sds.token.aud": evil},
		config:  map[string]any{"defaultConfig": map[string]any{"proxyMetadata": map[string]any{"EVIL": evil}}},
	}.inject(t, pod)
	proxy := proxyOf(t, injected)
	if got := env(proxy, "EVIL"); got != evil {
		t.Errorf("metadata became %q", got)
	}
	if got := env(proxy, "ISTIO_META_MESH_ID"); got != evil {
		t.Errorf("mesh id became %q", got)
	}
	if !slices.Contains(proxy.Args, "--proxyLogLevel="+evil) {
		t.Errorf("arguments became %q", proxy.Args)
	}
}

func TestQuotesEscapedForUpstreamAreUnescaped(t *testing.T) {
	metadata := map[string]any{"ESCAPED": `{\"a\":1}`, "PLAIN": `{"a":1}`, "PATH": `C:\dir`, "EMPTY": ""}
	injected := mesh{version: "1.30", config: map[string]any{"defaultConfig": map[string]any{"proxyMetadata": metadata}}}.inject(t, app(nil))
	for name, want := range map[string]string{"ESCAPED": `{"a":1}`, "PLAIN": `{"a":1}`, "PATH": `C:\dir`, "EMPTY": ""} {
		if got := env(proxyOf(t, injected), name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestVersionsDifferWhereIstiodDoes(t *testing.T) {
	initImage := map[string]any{"global.proxy_init.image": "init"}
	conventions := map[string]any{"extensionProviders": []any{map[string]any{"name": "otel", "opentelemetry": map[string]any{
		"service": "otel.example", "port": 4317, "serviceAttributeEnrichment": "OTEL_SEMANTIC_CONVENTIONS"}}}}
	for _, version := range []struct{ name, init, attributes, divisor string }{
		{"1.28", "proxyv2", "(none)", "0"},
		{"1.29", "proxyv2", "(none)", "1"},
		{"1.30", "proxyv2", "service.namespace=shop,service.version=7,service.instance.id=shop.$(POD_NAME).app", "1"},
		{"1.31", "init", "service.namespace=shop,service.version=7,service.instance.id=shop.$(POD_NAME).app", "1"},
	} {
		pod := mesh{version.name, initImage, conventions}.inject(t, app(nil))
		if got := pod.Spec.InitContainers[0].Image; got != "registry.example/mesh/"+version.init+":v1" {
			t.Errorf("%s: init image %s", version.name, got)
		}
		proxy := proxyOf(t, pod)
		if got := env(proxy, "OTEL_RESOURCE_ATTRIBUTES"); got != version.attributes {
			t.Errorf("%s: attributes %s", version.name, got)
		}
		for _, item := range proxy.Env {
			if item.Name == "GOMAXPROCS" && item.ValueFrom.ResourceFieldRef.Divisor.String() != version.divisor {
				t.Errorf("%s: divisor %s", version.name, item.ValueFrom.ResourceFieldRef.Divisor.String())
			}
		}
	}
}

func TestTheGRPCBootstrapIsJSON(t *testing.T) {
	pod := mesh{version: "1.30", values: map[string]any{"revision": "canary"}}.inject(t, app(map[string]string{"inject.istio.io/templates": "grpc-simple"}))
	script := pod.Spec.InitContainers[0].Args[0]
	_, document, found := strings.Cut(script, "<<EOF\n")
	document, isLast := strings.CutSuffix(strings.TrimSpace(document), "\nEOF")
	if !found || !isLast {
		t.Fatalf("no document in %q", script)
	}
	var bootstrap struct {
		Servers []struct {
			URI string `json:"server_uri"`
		} `json:"xds_servers"`
		Node struct{ ID string }
	}
	known := map[string]string{"INSTANCE_IP": "192.0.2.7", "POD_NAME": "p", "POD_NAMESPACE": "shop", "ISTIOD": env(pod.Spec.InitContainers[0], "ISTIOD")}
	document = os.Expand(document, func(name string) string { return known[name] })
	if err := json.Unmarshal([]byte(document), &bootstrap); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if bootstrap.Servers[0].URI != "dns:///istiod-canary.istio-system.svc:15010" || bootstrap.Node.ID != "sidecar~192.0.2.7~p.shop~cluster.local" {
		t.Errorf("got %+v", bootstrap)
	}
}
