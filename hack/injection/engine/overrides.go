package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

const (
	overridesAnnotation = "proxy.istio.io/overrides"
	autoImage           = "auto" // stands where Kubernetes wants an image and the user means the template's
)

// containers is the form of the overrides annotation: what the user said of containers that a template adds.
type containers struct {
	Containers     []corev1.Container `json:"containers,omitempty"`
	InitContainers []corev1.Container `json:"initContainers,omitempty"`
}

// status is the form of the status annotation: what templates added to a pod.
type status struct {
	InitContainers   []string `json:"initContainers"`
	Containers       []string `json:"containers"`
	Volumes          []string `json:"volumes"`
	ImagePullSecrets []string `json:"imagePullSecrets"`
	Revision         string   `json:"revision"`
}

// injectedBefore reads the status annotation. One that does not parse counts as none.
func injectedBefore(pod *corev1.Pod) (status, bool) {
	var was status
	text, ok := pod.Annotations[statusAnnotation]
	if !ok || json.Unmarshal([]byte(text), &was) != nil {
		return status{}, false
	}
	return was, true
}

// stripInjected takes an earlier injection out of a pod.
func (i *Injector) stripInjected(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	was, ok := injectedBefore(pod)
	if !ok {
		return pod
	}
	for _, name := range was.Containers {
		pod.Spec.Containers = without(pod.Spec.Containers, name)
	}
	for _, name := range was.InitContainers {
		pod.Spec.InitContainers = without(pod.Spec.InitContainers, name)
	}
	if scrapeOf(pod).Port == fmt.Sprint(i.Mesh.DefaultConfig.StatusPort) {
		clearScrape(pod, i.Version)
	}
	delete(pod.Annotations, statusAnnotation)
	return pod
}

// withOverrides puts the user's containers back that went with an earlier injection.
func withOverrides(pod *corev1.Pod) *corev1.Pod {
	kept := overridesOf(pod)
	for _, container := range kept.Containers {
		if find(pod.Spec.Containers, container.Name) == nil {
			pod.Spec.Containers = append(pod.Spec.Containers, container)
		}
	}
	for _, container := range kept.InitContainers {
		if find(pod.Spec.InitContainers, container.Name) == nil {
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, container)
		}
	}
	return pod
}

func overridesOf(pod *corev1.Pod) containers {
	var kept containers
	if json.Unmarshal([]byte(pod.Annotations[overridesAnnotation]), &kept) != nil {
		return containers{}
	}
	return kept
}

// reapplyOverrides lets what the user said of a container win over the template, and keeps it in an annotation for the
// next injection.
func reapplyOverrides(merged, original, added *corev1.Pod, proxy *meshconfig.ProxyConfig) (*corev1.Pod, error) {
	was, again := injectedBefore(original)
	kept := overridesOf(original)
	var said containers
	for _, container := range added.Spec.Containers {
		own := find(kept.Containers, container.Name)
		if own == nil {
			own = find(original.Spec.Containers, container.Name)
		}
		if own != nil && !slices.Contains(was.Containers, container.Name) {
			said.Containers = append(said.Containers, asOverride(*own))
		}
	}
	for _, container := range added.Spec.InitContainers {
		own := find(kept.InitContainers, container.Name)
		if own == nil {
			own = findIn(original, container.Name)
		}
		if own != nil && !slices.Contains(was.InitContainers, container.Name) {
			said.InitContainers = append(said.InitContainers, asOverride(*own))
		}
	}
	for _, one := range eachOverride(said) {
		patch, err := json.Marshal(map[string]any{"spec": one})
		if err != nil {
			return nil, err
		}
		if merged, err = mergePod(merged, patch); err != nil {
			return nil, err
		}
	}
	if !again && len(said.Containers)+len(said.InitContainers) > 0 {
		text, err := json.Marshal(said)
		if err != nil {
			return nil, err
		}
		annotate(merged, overridesAnnotation, string(text))
	}
	followUser(merged, original, proxy)
	return merged, nil
}

func asOverride(container corev1.Container) corev1.Container {
	if container.Image == autoImage {
		container.Image = ""
	}
	return container
}

func eachOverride(said containers) []containers {
	var out []containers
	for _, container := range said.Containers {
		out = append(out, containers{Containers: []corev1.Container{container}})
	}
	for _, container := range said.InitContainers {
		out = append(out, containers{InitContainers: []corev1.Container{container}})
	}
	return out
}

func annotate(pod *corev1.Pod, name, value string) {
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[name] = value
}

// followUser fits the redirection to the user that the pod's owner lets the proxy run as: that user's traffic is not
// redirected.
func followUser(merged, original *corev1.Pod, proxy *meshconfig.ProxyConfig) {
	own := findIn(original, proxyName)
	if own == nil || own.SecurityContext == nil {
		return
	}
	user, group := own.SecurityContext.RunAsUser, own.SecurityContext.RunAsGroup
	init := find(merged.Spec.InitContainers, "istio-init")
	if init == nil {
		init = find(merged.Spec.InitContainers, "istio-validation")
	}
	if init == nil || (user == nil && group == nil) {
		return
	}
	tproxy := proxy.InterceptionMode == meshconfig.ProxyConfig_TPROXY ||
		merged.Annotations["sidecar.istio.io/interceptionMode"] == "TPROXY"
	if tproxy && user != nil {
		// Only root can use transparent sockets.
		if sidecar := findIn(merged, proxyName); sidecar != nil {
			*sidecar.SecurityContext.RunAsUser = 0
		}
	}
	if !tproxy && init.Name == "istio-validation" {
		if init.SecurityContext == nil {
			init.SecurityContext = &corev1.SecurityContext{}
		}
		if user != nil {
			init.SecurityContext.RunAsUser = user
		}
		if group != nil {
			init.SecurityContext.RunAsGroup = group
		}
	}
	if at := slices.Index(init.Args, "-u"); at >= 0 && user != nil && *user != 0 {
		init.Args[at+1] = fmt.Sprint(*user)
	}
}
