// Package engine executes injection templates and finishes pods as istiod does, so that templates can be checked
// without a cluster. It is written from what istiod does, not from its code: istiod is not a dependency. Not done here:
// the validation of annotations, which refuses a pod before any template runs.
package engine

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/bundle"
)

const (
	proxyName        = "istio-proxy"
	proxyID          = 1337
	statusAnnotation = "sidecar.istio.io/status"
	networkLabel     = "topology.istio.io/network"
)

// Injector injects pods with the templates of one version, in one mesh.
type Injector struct {
	Version        bundle.Minor
	Templates      map[string]*template.Template
	Mesh           *meshconfig.MeshConfig
	Values         map[string]any
	Revision       string // "" for the default one
	NativeSidecars bool   // what the cluster allows, if the pod does not say
	Compliance     string // istiod's COMPLIANCE_POLICY
}

// Owner is the object that a pod was made for.
type Owner struct {
	Type metav1.TypeMeta
	Name types.NamespacedName
}

// Parse compiles template texts with the functions of a version.
func Parse(version bundle.Minor, texts map[string]string) (map[string]*template.Template, error) {
	out := map[string]*template.Template{}
	for name, text := range texts {
		parsed, err := template.New(name).Funcs(functions(version)).Parse(text)
		if err != nil {
			return nil, err
		}
		out[name] = parsed
	}
	return out, nil
}

// Inject gives the pod as istiod's webhook would leave it. The pod itself is not changed.
func (i *Injector) Inject(pod *corev1.Pod, owner Owner) (*corev1.Pod, error) {
	mesh := i.Mesh
	if config, ok := pod.Annotations["proxy.istio.io/config"]; ok {
		var err error
		if mesh, err = withProxyConfig(config, mesh); err != nil {
			return nil, err
		}
	}
	merged, added, err := i.merge(pod, i.podData(pod, owner, mesh))
	if err != nil {
		return nil, err
	}
	if merged, err = reapplyOverrides(merged, pod, added, mesh.DefaultConfig); err != nil {
		return nil, err
	}
	return merged, i.finish(merged, pod, added, mesh)
}

// merge runs the pod's templates one after another. It gives the pod with all of them merged in, and what they alone
// add up to.
func (i *Injector) merge(pod *corev1.Pod, data any) (merged, added *corev1.Pod, err error) {
	merged, added = pod.DeepCopy(), &corev1.Pod{}
	for _, name := range templateNames(pod) {
		text, err := i.Execute(name, data)
		if err != nil {
			return nil, nil, err
		}
		patch, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, nil, fmt.Errorf("template %s: %w", name, err)
		}
		if added, err = mergePod(added, patch); err != nil {
			return nil, nil, fmt.Errorf("template %s: %w", name, err)
		}
		// What the user says of the proxy stands in containers; a native sidecar is an init container.
		if i.isNative(pod) && find(added.Spec.InitContainers, proxyName) != nil {
			if own := find(merged.Spec.Containers, proxyName); own != nil {
				merged.Spec.InitContainers = append(merged.Spec.InitContainers, *own)
				merged.Spec.Containers = without(merged.Spec.Containers, proxyName)
			}
		}
		if merged, err = mergePod(merged, patch); err != nil {
			return nil, nil, fmt.Errorf("template %s: %w", name, err)
		}
	}
	return merged, added, nil
}

// Execute runs one template.
func (i *Injector) Execute(name string, data any) ([]byte, error) {
	parsed, ok := i.Templates[name]
	if !ok {
		return nil, fmt.Errorf("no template %q in %s", name, i.Version)
	}
	var out bytes.Buffer
	err := parsed.Execute(&out, data)
	return out.Bytes(), err
}

func templateNames(pod *corev1.Pod) []string {
	asked, ok := pod.Annotations["inject.istio.io/templates"]
	if !ok {
		return []string{"sidecar"}
	}
	names := strings.Split(asked, ",")
	for n := range names {
		names[n] = strings.TrimSpace(names[n])
	}
	return names
}

func (i *Injector) isNative(pod *corev1.Pod) bool {
	switch pod.Annotations["sidecar.istio.io/nativeSidecar"] {
	case "true":
		return true
	case "false":
		return false
	}
	return i.NativeSidecars
}
