package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/golang/protobuf/jsonpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"sigs.k8s.io/yaml"
)

// defaultProxyConfig is what istiod takes for the fields of ProxyConfig that nobody sets.
func defaultProxyConfig() *meshconfig.ProxyConfig {
	return &meshconfig.ProxyConfig{
		ConfigPath:               "./etc/istio/proxy",
		BinaryPath:               "/usr/local/bin/envoy",
		ClusterName:              &meshconfig.ProxyConfig_ServiceCluster{ServiceCluster: "istio-proxy"},
		DiscoveryAddress:         "istiod.istio-system.svc:15012",
		ControlPlaneAuthPolicy:   meshconfig.AuthenticationPolicy_MUTUAL_TLS,
		DrainDuration:            durationpb.New(45 * time.Second),
		TerminationDrainDuration: durationpb.New(5 * time.Second),
		ProxyAdminPort:           15000,
		StatusPort:               15020,
		StatNameLength:           189,
	}
}

// ParseMesh reads the text of key "mesh" of the mesh's ConfigMap over istiod's defaults, as far as injection looks at
// them. The fields of defaultConfig are merged one by one, any other field replaces its default.
func ParseMesh(text string) (*meshconfig.MeshConfig, error) {
	mesh := &meshconfig.MeshConfig{
		TrustDomain:            "cluster.local",
		RootNamespace:          "istio-system",
		ProxyListenPort:        15001,
		ProxyInboundListenPort: 15006,
		EnablePrometheusMerge:  wrapperspb.Bool(true),
	}
	if err := overlay(text, mesh); err != nil {
		return nil, fmt.Errorf("mesh config: %w", err)
	}
	var raw struct {
		DefaultConfig json.RawMessage `json:"defaultConfig"`
	}
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("mesh config: %w", err)
	}
	mesh.DefaultConfig = defaultProxyConfig()
	return withProxyConfig(string(raw.DefaultConfig), mesh)
}

// withProxyConfig gives mesh with the fields of a ProxyConfig in YAML laid over its defaultConfig. proxyMetadata is
// merged key by key.
func withProxyConfig(text string, mesh *meshconfig.MeshConfig) (*meshconfig.MeshConfig, error) {
	mesh = proto.CloneOf(mesh)
	metadata := mesh.DefaultConfig.ProxyMetadata
	if err := overlay(text, mesh.DefaultConfig); err != nil {
		return nil, fmt.Errorf("proxy config: %w", err)
	}
	if metadata != nil {
		for key, value := range mesh.DefaultConfig.ProxyMetadata {
			metadata[key] = value
		}
		mesh.DefaultConfig.ProxyMetadata = metadata
	}
	return mesh, nil
}

// overlay sets those fields of a message that a YAML map names. Unknown ones are let pass, as istiod does.
func overlay(text string, message proto.Message) error {
	js, err := yaml.YAMLToJSON([]byte(text))
	if err != nil || string(js) == "null" {
		return err
	}
	reader := jsonpb.Unmarshaler{AllowUnknownFields: true}
	return reader.Unmarshal(bytes.NewReader(js), protoadapt.MessageV1Of(message))
}

// withoutDefaults clears what the proxy would take anyway, so that pods carry only what was set.
func withoutDefaults(config *meshconfig.ProxyConfig) *meshconfig.ProxyConfig {
	config = proto.CloneOf(config)
	set, defaults := config.ProtoReflect(), defaultProxyConfig().ProtoReflect()
	fields := set.Descriptor().Fields()
	for n := range fields.Len() {
		field := fields.Get(n)
		if set.Has(field) && defaults.Has(field) && set.Get(field).Equal(defaults.Get(field)) {
			set.Clear(field)
		}
	}
	return config
}

// inboundMode names the mesh's inbound traffic policy as templates compare it.
func inboundMode(mesh *meshconfig.MeshConfig) string {
	if mesh.GetInboundTrafficPolicy().GetMode() == meshconfig.MeshConfig_InboundTrafficPolicy_LOCALHOST {
		return "localhost"
	}
	return "passthrough"
}
