package check

import (
	"bytes"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/engine"
)

var owner = engine.Owner{
	Type: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
	Name: types.NamespacedName{Namespace: "shop", Name: "a-name-longer-than-a-label-may-be-which-kubernetes-cuts-nowhere-itself"},
}

// checkPods injects pods with one template and gives how many: all in the first mesh, in each other a third of them,
// the next third each time.
func checkPods(injector *engine.Injector, template string, mesh int) (int, error) {
	list, err := pods()
	if err != nil {
		return 0, err
	}
	count := 0
	for n, pod := range list {
		if mesh > 0 && n%3 != mesh%3 {
			continue
		}
		if err := checkPod(injector, template, pod); err != nil {
			return count, fmt.Errorf("pod %d (%v): %w", n+1, pod.Annotations, err)
		}
		count++
	}
	return count, nil
}

func checkPod(injector *engine.Injector, template string, pod *corev1.Pod) error {
	patch, err := injector.Execute(template, injector.PodTemplateData(pod, owner))
	if err != nil {
		return err
	}
	if err := decode(patch, &corev1.Pod{}); err != nil {
		return err
	}
	pod = pod.DeepCopy()
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations["inject.istio.io/templates"] = template
	injected, err := injector.Inject(pod, owner)
	if err != nil {
		return err
	}
	return fits(&injected.Spec)
}

// decode reads YAML into a Kubernetes object: unknown and repeated fields are errors, and so is what a template prints
// for a value that is not there.
func decode(text []byte, into any) error {
	for _, missing := range []string{"<no value>", "<nil>", "%!"} {
		if at := bytes.Index(text, []byte(missing)); at >= 0 {
			return fmt.Errorf("a value is missing: …%s", text[max(0, at-80):at+len(missing)])
		}
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		return fmt.Errorf("%w in:\n%s", err, text)
	}
	return nil
}

// fits says whether the parts of a pod name each other rightly, which Kubernetes would refuse only at the API.
func fits(spec *corev1.PodSpec) error {
	volumes := map[string]bool{}
	for _, volume := range spec.Volumes {
		if volumes[volume.Name] {
			return fmt.Errorf("volume %s twice", volume.Name)
		}
		volumes[volume.Name] = true
	}
	for _, container := range append(append([]corev1.Container{}, spec.InitContainers...), spec.Containers...) {
		if container.Image == "" {
			return fmt.Errorf("container %s has no image", container.Name)
		}
		for _, mount := range container.VolumeMounts {
			if !volumes[mount.Name] {
				return fmt.Errorf("container %s mounts volume %s, which the pod lacks", container.Name, mount.Name)
			}
		}
		for _, env := range container.Env {
			if env.Value != "" && env.ValueFrom != nil {
				return fmt.Errorf("container %s has two values for %s", container.Name, env.Name)
			}
		}
	}
	return nil
}
