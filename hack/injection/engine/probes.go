package engine

import (
	"encoding/json"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const probersEnv = "ISTIO_KUBE_APP_PROBERS"

// prober is what the agent asks in the kubelet's place.
type prober struct {
	HTTPGet        *corev1.HTTPGetAction   `json:"httpGet,omitempty"`
	TCPSocket      *corev1.TCPSocketAction `json:"tcpSocket,omitempty"`
	GRPC           *corev1.GRPCAction      `json:"grpc,omitempty"`
	TimeoutSeconds int32                   `json:"timeoutSeconds,omitempty"`
}

// rewriteProbes leads the kubelet's questions to the agent, for the kubelet has no certificate of the mesh.
func (i *Injector) rewriteProbes(pod *corev1.Pod) error {
	proxy := findIn(pod, proxyName)
	if proxy == nil || !i.wantsRewrite(pod) {
		return nil
	}
	agent := i.Mesh.DefaultConfig.StatusPort
	asked := map[string]*prober{}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for n := range list {
			if list[n].Name != proxyName {
				collect(&list[n], agent, asked)
			}
		}
	}
	if err := hand(pod, proxy, asked); err != nil {
		return err
	}
	if text, ok := pod.Annotations["status.sidecar.istio.io/port"]; ok {
		port, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return err
		}
		agent = int32(port)
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for n := range list {
			if list[n].Name != proxyName {
				redirect(&list[n], agent)
			}
		}
	}
	return nil
}

func (i *Injector) wantsRewrite(pod *corev1.Pod) bool {
	if wanted, err := strconv.ParseBool(pod.Annotations["sidecar.istio.io/rewriteAppHTTPProbers"]); err == nil {
		return wanted
	}
	return truth(i.Values, "sidecarInjectorWebhook", "rewriteAppHTTPProbe")
}

// question is one probe or hook of a container, and the agent's path that stands for it.
type question struct {
	path  string
	probe *corev1.Probe
	hook  *corev1.LifecycleHandler
}

func questions(container *corev1.Container) []question {
	list := []question{
		{path: "/app-health/" + container.Name + "/readyz", probe: container.ReadinessProbe},
		{path: "/app-health/" + container.Name + "/livez", probe: container.LivenessProbe},
		{path: "/app-health/" + container.Name + "/startupz", probe: container.StartupProbe},
	}
	if container.Lifecycle != nil {
		list = append(list,
			question{path: "/app-lifecycle/" + container.Name + "/prestopz", hook: container.Lifecycle.PreStop},
			question{path: "/app-lifecycle/" + container.Name + "/poststartz", hook: container.Lifecycle.PostStart})
	}
	return list
}

// collect notes what a container is asked, with port names resolved. What already goes to the agent is left out.
func collect(container *corev1.Container, agent int32, asked map[string]*prober) {
	named := map[string]int32{}
	for _, port := range container.Ports {
		if port.Name != "" {
			named[port.Name] = port.ContainerPort
		}
	}
	for _, q := range questions(container) {
		var p *prober
		switch {
		case q.probe != nil:
			p = &prober{HTTPGet: q.probe.HTTPGet, TCPSocket: q.probe.TCPSocket, GRPC: q.probe.GRPC, TimeoutSeconds: q.probe.TimeoutSeconds}
		case q.hook != nil:
			p = &prober{HTTPGet: q.hook.HTTPGet, TCPSocket: q.hook.TCPSocket}
		default:
			continue
		}
		var port *intstr.IntOrString
		switch {
		case p.HTTPGet != nil:
			p.HTTPGet = p.HTTPGet.DeepCopy()
			port = &p.HTTPGet.Port
		case p.TCPSocket != nil:
			p.TCPSocket = p.TCPSocket.DeepCopy()
			port = &p.TCPSocket.Port
		case p.GRPC != nil:
			asked[q.path] = p
			continue
		default:
			continue
		}
		if port.Type == intstr.String {
			number, ok := named[port.StrVal]
			if !ok {
				continue
			}
			*port = intstr.FromInt32(number)
		} else if port.IntVal == agent {
			continue
		}
		asked[q.path] = p
	}
}

// hand gives the agent its questions. Those of an earlier injection stay.
func hand(pod *corev1.Pod, proxy *corev1.Container, asked map[string]*prober) error {
	if len(asked) == 0 {
		return nil
	}
	if _, again := pod.Annotations[statusAnnotation]; again {
		for _, item := range proxy.Env {
			if item.Name == probersEnv {
				if err := json.Unmarshal([]byte(item.Value), &asked); err != nil {
					return fmt.Errorf("%s: %w", probersEnv, err)
				}
			}
		}
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	setInPlace(proxy, probersEnv, string(text))
	return nil
}

// setInPlace sets an environment variable where it stands, or at the end.
func setInPlace(container *corev1.Container, name, value string) {
	for n := range container.Env {
		if container.Env[n].Name == name {
			container.Env[n].Value = value
			return
		}
	}
	container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: value})
}

// redirect makes the kubelet ask the agent.
func redirect(container *corev1.Container, agent int32) {
	for _, q := range questions(container) {
		switch {
		case q.probe != nil && (q.probe.HTTPGet != nil || q.probe.TCPSocket != nil || q.probe.GRPC != nil):
			q.probe.HTTPGet = toAgent(q.probe.HTTPGet, q.path, agent)
			q.probe.TCPSocket, q.probe.GRPC = nil, nil
		case q.hook != nil && (q.hook.HTTPGet != nil || q.hook.TCPSocket != nil):
			q.hook.HTTPGet = toAgent(q.hook.HTTPGet, q.path, agent)
			q.hook.TCPSocket = nil
		}
	}
}

func toAgent(get *corev1.HTTPGetAction, path string, port int32) *corev1.HTTPGetAction {
	if get == nil {
		get = &corev1.HTTPGetAction{}
	}
	get.Path, get.Port = path, intstr.FromInt32(port)
	if get.Scheme == corev1.URISchemeHTTPS {
		get.Scheme = corev1.URISchemeHTTP
	}
	return get
}
