package engine

import (
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"mainsheet.dev/hack/injection/bundle"
)

// PodData is what istiod's webhook hands to a template. A template that asks for anything else fails.
type PodData struct {
	TypeMeta                 metav1.TypeMeta
	DeploymentMeta           types.NamespacedName
	ObjectMeta               metav1.ObjectMeta
	Spec                     corev1.PodSpec
	ProxyConfig              *meshconfig.ProxyConfig
	MeshConfig               *meshconfig.MeshConfig
	Values                   map[string]any
	Revision                 string
	NativeSidecars           bool
	ProxyImage               string
	ProxyUID                 int64
	ProxyGID                 int64
	InboundTrafficPolicyMode string
	CompliancePolicy         string
}

// podData131 is PodData since 1.31, which names the image of istio-init apart.
type podData131 struct {
	PodData
	ProxyInitImage string
}

// GatewayData is what istiod's controller for Gateway API gateways hands to a template.
type GatewayData struct {
	*gatewayapi.Gateway
	GatewayClass              string
	DeploymentName            string
	ServiceAccount            string
	Ports                     []corev1.ServicePort
	ServiceType               corev1.ServiceType
	ClusterID                 string
	KubeVersion               int
	Revision                  string
	NativeSidecars            bool
	ProxyUID                  int64
	ProxyGID                  int64
	CompliancePolicy          string
	InfrastructureLabels      map[string]string
	InfrastructureAnnotations map[string]string
	GatewayNameLabel          string
	IsEastWestGateway         bool
	ControllerLabel           string

	ProxyImage  string
	ProxyConfig *meshconfig.ProxyConfig
	MeshConfig  *meshconfig.MeshConfig
	Values      map[string]any
}

// gatewayData129 is GatewayData since 1.29, which brought agentgateway.
type gatewayData129 struct {
	GatewayData
	AgentgatewayImage string
}

var (
	since129 = bundle.Minor{Major: 1, Minor: 29}
	since130 = bundle.Minor{Major: 1, Minor: 30}
	since131 = bundle.Minor{Major: 1, Minor: 31}
)

// PodTemplateData is what a template gets for a pod, in the form of the version.
func (i *Injector) PodTemplateData(pod *corev1.Pod, owner Owner) any {
	return i.podData(pod, owner, i.Mesh)
}

func (i *Injector) podData(pod *corev1.Pod, owner Owner, mesh *meshconfig.MeshConfig) any {
	bare := withOverrides(i.stripInjected(pod))
	proxy, init := imageNames(i.Version, i.Values, mesh.DefaultConfig.Image, bare.Annotations)
	data := PodData{
		TypeMeta:                 owner.Type,
		DeploymentMeta:           owner.Name,
		ObjectMeta:               bare.ObjectMeta,
		Spec:                     bare.Spec,
		ProxyConfig:              mesh.DefaultConfig,
		MeshConfig:               mesh,
		Values:                   i.Values,
		Revision:                 i.Revision,
		NativeSidecars:           i.NativeSidecars,
		ProxyImage:               proxy,
		ProxyUID:                 proxyID,
		ProxyGID:                 proxyID,
		InboundTrafficPolicyMode: inboundMode(mesh),
		CompliancePolicy:         i.Compliance,
	}
	if i.Version.AtLeast(since131) {
		return &podData131{data, init}
	}
	return &data
}

// GatewayTemplateData completes what a template for a Gateway gets with the mesh's part, in the form of the version.
func (i *Injector) GatewayTemplateData(data GatewayData) any {
	data.ProxyConfig, data.MeshConfig, data.Values = i.Mesh.DefaultConfig, i.Mesh, i.Values
	data.ProxyImage, _ = imageNames(i.Version, i.Values, data.ProxyConfig.Image, data.Annotations)
	if i.Version.AtLeast(since129) {
		return gatewayData129{data, agentgatewayImage(i.Values, data.ProxyConfig.Image, data.Annotations)}
	}
	return data
}
