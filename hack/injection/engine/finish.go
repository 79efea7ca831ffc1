package engine

import (
	"encoding/json"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// finish does to the merged pod what no template can: metrics, probes, the record of the injection, and the order of
// containers.
func (i *Injector) finish(pod, original, added *corev1.Pod, mesh *meshconfig.MeshConfig) error {
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	i.placeInCluster(pod, original)
	if err := i.mergeMetrics(pod); err != nil {
		return err
	}
	if err := i.rewriteProbes(pod); err != nil {
		return err
	}
	if err := i.record(pod, added); err != nil {
		return err
	}
	i.order(pod, mesh.DefaultConfig)
	return nil
}

// placeInCluster says where the proxy runs. A network that the pod's own label names wins over the mesh's.
func (i *Injector) placeInCluster(pod, original *corev1.Pod) {
	network, labelled := original.Labels[networkLabel]
	if !labelled {
		network = text(i.Values, "global", "network")
	}
	if network != "" {
		pod.Labels[networkLabel] = network
	}
	proxy := findIn(pod, proxyName)
	if proxy == nil {
		return
	}
	for _, place := range [][2]string{
		{"ISTIO_META_CLUSTER_ID", text(i.Values, "global", "multiCluster", "clusterName")},
		{"ISTIO_META_NETWORK", network},
	} {
		if place[1] != "" {
			setLast(proxy, place[0], place[1])
		}
	}
}

// setLast sets an environment variable, at the end of the list.
func setLast(container *corev1.Container, name, value string) {
	var env []corev1.EnvVar
	for _, item := range container.Env {
		if item.Name != name {
			env = append(env, item)
		}
	}
	container.Env = append(env, corev1.EnvVar{Name: name, Value: value})
}

// record writes down what was added, for a later injection of the same pod.
func (i *Injector) record(pod, added *corev1.Pod) error {
	was := status{Revision: i.Revision}
	if was.Revision == "" {
		was.Revision = "default"
	}
	for _, item := range added.Spec.InitContainers {
		was.InitContainers = append(was.InitContainers, item.Name)
	}
	for _, item := range added.Spec.Containers {
		was.Containers = append(was.Containers, item.Name)
	}
	for _, item := range added.Spec.Volumes {
		was.Volumes = append(was.Volumes, item.Name)
	}
	for _, item := range added.Spec.ImagePullSecrets {
		was.ImagePullSecrets = append(was.ImagePullSecrets, item.Name)
	}
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	annotate(pod, statusAnnotation, string(text))
	return nil
}

// order: the proxy comes last, for kubectl to choose the application, or first, if the application waits for it. The
// redirection comes last, so that other init containers still reach the network; a native sidecar and its redirection
// come before them.
func (i *Injector) order(pod *corev1.Pod, proxy *meshconfig.ProxyConfig) {
	hold := proxy.GetHoldApplicationUntilProxyStarts().GetValue() ||
		truth(i.Values, "global", "proxy", "holdApplicationUntilProxyStarts")
	pod.Spec.Containers = moved(pod.Spec.Containers, proxyName, hold)
	init := pod.Spec.InitContainers
	if find(init, proxyName) != nil {
		for _, name := range []string{"enable-core-dump", proxyName, "istio-validation", "istio-init"} {
			init = moved(init, name, true)
		}
	} else {
		init = moved(init, "istio-validation", true)
		init = moved(init, "istio-init", false)
		init = moved(init, "enable-core-dump", false)
	}
	pod.Spec.InitContainers = init
}
