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
