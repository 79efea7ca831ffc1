package check

import (
	"embed"
	"fmt"
	"maps"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/engine"
)

//go:embed data/*.yaml
var data embed.FS

// scenario is one mesh that templates are executed in.
type scenario struct {
	name   string
	values map[string]any
	mesh   *meshconfig.MeshConfig
}

// scenarios changes the plain mesh in one respect at a time: its values, or its configuration.
func scenarios() ([]scenario, error) {
	var settings []map[string]any
	if err := load("settings", &settings); err != nil {
		return nil, err
	}
	var meshes []any
	if err := load("meshes", &meshes); err != nil {
		return nil, err
	}
	var out []scenario
	for _, changes := range settings {
		one, err := newScenario(changes, map[string]any{})
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	for _, mesh := range meshes {
		one, err := newScenario(nil, mesh)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func newScenario(changes map[string]any, mesh any) (scenario, error) {
	out := scenario{name: fmt.Sprintf("values %v, mesh %v", changes, mesh)}
	if err := load("values", &out.values); err != nil {
		return out, err
	}
	for path, value := range changes {
		set(out.values, strings.Split(path, "."), value)
	}
	text, err := yaml.Marshal(mesh)
	if err != nil {
		return out, err
	}
	out.mesh, err = engine.ParseMesh(string(text))
	return out, err
}

func set(values map[string]any, keys []string, value any) {
	if len(keys) == 1 {
		values[keys[0]] = value
		return
	}
	inner, ok := values[keys[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		values[keys[0]] = inner
	}
	set(inner, keys[1:], value)
}

// pods gives the pods to inject. What an entry leaves open is the plain pod's.
func pods() ([]*corev1.Pod, error) {
	var entries []struct {
		Annotations, Labels map[string]string
		Spec                *corev1.PodSpec
	}
	if err := load("pods", &entries); err != nil {
		return nil, err
	}
	var out []*corev1.Pod
	for _, entry := range entries {
		pod := &corev1.Pod{}
		pod.Annotations = entry.Annotations
		pod.Labels = map[string]string{"app": "app"}
		maps.Copy(pod.Labels, entry.Labels)
		if entry.Spec != nil {
			pod.Spec = *entry.Spec
		}
		if len(pod.Spec.Containers) == 0 {
			pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "app"}, {Name: "b", Image: "b"}}
		}
		out = append(out, pod)
	}
	return out, nil
}

func load(name string, into any) error {
	text, err := data.ReadFile("data/" + name + ".yaml")
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
