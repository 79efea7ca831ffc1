package engine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/yaml"
)

var ignoredNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

// InjectWorkload injects the pod template of a workload in YAML, or a pod. A workload that opts out comes back as it is.
func (i *Injector) InjectWorkload(text []byte) (map[string]any, error) {
	object, err := read(text)
	if err != nil {
		return nil, err
	}
	place := podPlace(object)
	if place == nil {
		return nil, fmt.Errorf("%v has no pod template", object["kind"])
	}
	pod, err := convert[corev1.Pod](place)
	if err != nil {
		return nil, err
	}
	if !wanted(&pod) {
		return object, nil
	}
	owner, err := ownerOf(object, &pod)
	if err != nil {
		return nil, err
	}
	injected, err := i.Inject(&pod, owner)
	if err != nil {
		return nil, err
	}
	after, err := convert[map[string]any](injected)
	if err != nil {
		return nil, err
	}
	place["metadata"], place["spec"] = after["metadata"], after["spec"]
	return object, nil
}

var workloads = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme} {
		utilruntime.Must(add(workloads))
	}
}

// read decodes an object as its kind, so that it comes back as Kubernetes writes it.
func read(text []byte) (map[string]any, error) {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	object, err := workloads.New(kind.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(text, object); err != nil {
		return nil, err
	}
	return convert[map[string]any](object)
}

// podPlace is the part of an object that is laid out as a pod.
func podPlace(object map[string]any) map[string]any {
	switch object["kind"] {
	case "Pod":
		return object
	case "CronJob":
		job, _ := lookup(object, "spec", "jobTemplate", "spec", "template").(map[string]any)
		return job
	}
	template, _ := lookup(object, "spec", "template").(map[string]any)
	return template
}

// wanted says whether a pod is injected at all. A pod on the host's network never is: the redirection would be the
// host's.
func wanted(pod *corev1.Pod) bool {
	if pod.Spec.HostNetwork {
		return false
	}
	for _, namespace := range ignoredNamespaces {
		if pod.Namespace == namespace {
			return false
		}
	}
	said, ok := pod.Labels["sidecar.istio.io/inject"]
	if !ok {
		said = pod.Annotations["sidecar.istio.io/inject"]
	}
	return said != "false"
}

func ownerOf(object map[string]any, pod *corev1.Pod) (Owner, error) {
	if object["kind"] == "Pod" {
		return OwnerOfPod(pod), nil
	}
	meta, err := convert[metav1.PartialObjectMetadata](object)
	if err != nil {
		return Owner{}, err
	}
	return Owner{Type: meta.TypeMeta, Name: types.NamespacedName{Name: meta.Name, Namespace: meta.Namespace}}, nil
}

// A job that a CronJob made bears the CronJob's name and the time.
var cronJobRun = regexp.MustCompile(`^(.+)-\d{8,10}$`)

// OwnerOfPod guesses the workload that a pod was made for from its controller.
func OwnerOfPod(pod *corev1.Pod) Owner {
	owner := Owner{
		Type: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		Name: types.NamespacedName{Name: pod.Name, Namespace: pod.Namespace},
	}
	controller := metav1.GetControllerOf(pod)
	if pod.GenerateName == "" || controller == nil {
		return owner
	}
	owner.Type.APIVersion, owner.Type.Kind, owner.Name.Name = controller.APIVersion, controller.Kind, controller.Name
	hashed := func(label string) (string, bool) {
		hash := pod.Labels[label]
		name, ok := strings.CutSuffix(controller.Name, "-"+hash)
		return name, ok && hash != "" && controller.Kind == "ReplicaSet"
	}
	if name, ok := hashed("pod-template-hash"); ok {
		owner.Type.Kind, owner.Name.Name = "Deployment", name
	} else if name, ok := hashed("rollouts-pod-template-hash"); ok {
		owner.Type.APIVersion, owner.Type.Kind, owner.Name.Name = "v1alpha1", "Rollout", name
	} else if config := pod.Labels["deploymentconfig"]; config != "" && controller.Kind == "ReplicationController" {
		owner.Type.Kind, owner.Name.Name = "DeploymentConfig", config
	} else if run := cronJobRun.FindStringSubmatch(controller.Name); run != nil && controller.Kind == "Job" {
		owner.Type.APIVersion, owner.Type.Kind, owner.Name.Name = "batch/v1", "CronJob", run[1]
	}
	return owner
}

// convert re-reads a value as another type by way of JSON.
func convert[T any](value any) (T, error) {
	var out T
	text, err := json.Marshal(value)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}
