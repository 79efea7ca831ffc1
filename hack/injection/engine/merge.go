package engine

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// mergePod lays a partial pod in JSON over a pod by strategic merge: lists are merged by the names of their items, null
// deletes.
func mergePod(pod *corev1.Pod, patch []byte) (*corev1.Pod, error) {
	original, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	merged, err := strategicpatch.StrategicMergePatch(original, patch, corev1.Pod{})
	if err != nil {
		return nil, err
	}
	out := &corev1.Pod{}
	return out, json.Unmarshal(merged, out)
}

func find(containers []corev1.Container, name string) *corev1.Container {
	for n := range containers {
		if containers[n].Name == name {
			return &containers[n]
		}
	}
	return nil
}

// findIn looks among the containers, then among the init containers.
func findIn(pod *corev1.Pod, name string) *corev1.Container {
	if found := find(pod.Spec.Containers, name); found != nil {
		return found
	}
	return find(pod.Spec.InitContainers, name)
}

func without(containers []corev1.Container, name string) []corev1.Container {
	out := []corev1.Container{}
	for _, container := range containers {
		if container.Name != name {
			out = append(out, container)
		}
	}
	return out
}

// moved puts the container of that name first or last, if there is one.
func moved(containers []corev1.Container, name string, first bool) []corev1.Container {
	found := find(containers, name)
	if found == nil {
		return containers
	}
	if first {
		return append([]corev1.Container{*found}, without(containers, name)...)
	}
	return append(without(containers, name), *found)
}
