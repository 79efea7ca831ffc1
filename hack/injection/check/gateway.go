package check

import (
	"fmt"
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/engine"
)

// checkGateways makes the objects of several gateways with one template and gives how many it did.
func checkGateways(injector *engine.Injector, template string) (int, error) {
	list := gateways()
	for n, gateway := range list {
		text, err := injector.Execute(template, injector.GatewayTemplateData(gateway))
		if err == nil {
			err = checkObjects(string(text), gateway)
		}
		if err != nil {
			return n, fmt.Errorf("gateway %d: %w", n+1, err)
		}
	}
	return len(list), nil
}

// gateways gives the plain gateway, and others that differ from it in what their owner may say.
func gateways() []engine.GatewayData {
	plain := func() engine.GatewayData {
		web := "http"
		return engine.GatewayData{
			Gateway:          &gatewayapi.Gateway{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "u-1"}},
			GatewayClass:     "istio",
			DeploymentName:   "web-istio",
			ServiceAccount:   "web-account",
			ServiceType:      corev1.ServiceTypeLoadBalancer,
			ClusterID:        "Kubernetes",
			KubeVersion:      134,
			ProxyUID:         1337,
			ProxyGID:         1337,
			GatewayNameLabel: "gateway.networking.k8s.io/gateway-name",
			ControllerLabel:  "istio.io-mesh-controller",
			Ports:            []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, AppProtocol: &web}},
		}
	}
	remote := plain()
	remote.ControllerLabel, remote.Revision = "istio.io-eastwest-controller", "canary"
	remote.InfrastructureLabels = map[string]string{"topology.istio.io/network": "net2"}
	remote.Spec.Addresses = []gatewayapi.GatewaySpecAddress{{Value: "192.0.2.1"}}
	odd := plain()
	odd.ServiceType, odd.Ports = corev1.ServiceTypeClusterIP, nil
	odd.InfrastructureLabels = map[string]string{"sidecar.istio.io/inject": "true"}
	odd.InfrastructureAnnotations = map[string]string{"note": "a\": b\n}}", "gateway.istio.io/name-override": "other"}
	odd.Annotations = map[string]string{"sidecar.istio.io/proxyImage": "registry.example/p:1", "sidecar.istio.io/logLevel": "a\"b"}
	return []engine.GatewayData{plain(), remote, odd}
}

// checkObjects takes the output apart and looks at each object, and at whether they belong together.
func checkObjects(text string, gateway engine.GatewayData) error {
	kinds := map[string]any{
		"ServiceAccount": &corev1.ServiceAccount{}, "Deployment": &appsv1.Deployment{}, "Service": &corev1.Service{},
		"HorizontalPodAutoscaler": &autoscalingv2.HorizontalPodAutoscaler{}, "PodDisruptionBudget": &policyv1.PodDisruptionBudget{},
	}
	seen := map[string]bool{}
	for _, document := range strings.Split(text, "\n---\n") {
		var head metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return fmt.Errorf("%w in:\n%s", err, document)
		}
		into, ok := kinds[head.Kind]
		if !ok || seen[head.Kind] {
			return fmt.Errorf("kind %q unexpected", head.Kind)
		}
		seen[head.Kind] = true
		if err := decode([]byte(document), into); err != nil {
			return err
		}
		if err := checkOwned(head, gateway); err != nil {
			return err
		}
	}
	if len(seen) != len(kinds) {
		return fmt.Errorf("want %d objects, got %d", len(kinds), len(seen))
	}
	deployment := kinds["Deployment"].(*appsv1.Deployment)
	pods := deployment.Spec.Template
	for kind, selector := range map[string]map[string]string{
		"Deployment":          deployment.Spec.Selector.MatchLabels,
		"Service":             kinds["Service"].(*corev1.Service).Spec.Selector,
		"PodDisruptionBudget": kinds["PodDisruptionBudget"].(*policyv1.PodDisruptionBudget).Spec.Selector.MatchLabels,
	} {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(labels.Set(pods.Labels)) {
			return fmt.Errorf("%s selects %v, pods have %v", kind, selector, pods.Labels)
		}
	}
	if pods.Spec.ServiceAccountName != kinds["ServiceAccount"].(*corev1.ServiceAccount).Name {
		return fmt.Errorf("pods run as %q", pods.Spec.ServiceAccountName)
	}
	return fits(&pods.Spec)
}

// checkOwned looks at what istiod and the garbage collector find the object by.
func checkOwned(head metav1.PartialObjectMetadata, gateway engine.GatewayData) error {
	name := gateway.DeploymentName
	if head.Kind == "ServiceAccount" {
		name = gateway.ServiceAccount
	}
	if head.Name != name || head.Namespace != gateway.Namespace {
		return fmt.Errorf("%s is %s/%s", head.Kind, head.Namespace, head.Name)
	}
	if len(head.OwnerReferences) != 1 || head.OwnerReferences[0].UID != gateway.UID {
		return fmt.Errorf("%s is owned by %v", head.Kind, head.OwnerReferences)
	}
	if head.Labels[gateway.GatewayNameLabel] != gateway.Name {
		return fmt.Errorf("%s has labels %v", head.Kind, head.Labels)
	}
	want := maps.Clone(gateway.InfrastructureAnnotations)
	delete(want, "gateway.istio.io/name-override")
	for key, value := range want {
		if head.Annotations[key] != value {
			return fmt.Errorf("%s: annotation %s is %q, want %q", head.Kind, key, head.Annotations[key], value)
		}
	}
	return nil
}
