package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/golang/protobuf/jsonpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/bundle"
)

// functions gives what a template of a version may call: sprig's functions, some of them replaced, and istiod's own.
func functions(version bundle.Minor) template.FuncMap {
	all := sprig.TxtFuncMap()
	maps.Copy(all, template.FuncMap{
		"annotation":          annotation,
		"appendMultusNetwork": appendMultusNetwork,
		"applicationPorts":    func(list []corev1.Container) string { return ports(list, false) },
		"contains":            func(part, whole string) bool { return strings.Contains(whole, part) },
		"directory":           func(file string) string { dir, _ := path.Split(file); return dir },
		"env":                 env,
		"excludeInboundPort":  excludeInboundPort,
		"excludeInterfaces":   func(s string) string { return s },
		"formatDuration":      func(d *durationpb.Duration) string { return d.AsDuration().String() },
		"fromJSON":            fromJSON,
		"includeInboundPorts": func(list []corev1.Container) string { return ports(list, true) },
		"indent":              indent,
		"isset":               func(m map[string]string, key string) bool { _, ok := m[key]; return ok },
		"kubevirtInterfaces":  func(s string) string { return s },
		"mergeMaps":           mergeMaps,
		"omit":                omit,
		"omitNil":             omitNil,
		"protoToJSON":         protoToJSON,
		"strdict":             strdict,
		"structToJSON":        toJSON,
		"toJSON":              func(m map[string]string) string { return toJSON(m) },
		"toJsonMap":           func(list ...map[string]string) string { return toJSON(mergeMaps(list...)) },
		"toLower":             strings.ToLower,
		"toYaml":              toYAML,
		"valueOrDefault":      valueOrDefault,
	})
	if version.AtLeast(since130) {
		all["otelResourceAttributes"] = otelResourceAttributes
	}
	return all
}

func annotation(meta metav1.ObjectMeta, name string, fallback any) string {
	if value, ok := meta.Annotations[name]; ok {
		return value
	}
	return fmt.Sprint(fallback)
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// excludeInboundPort adds a port to a comma-separated list, unless it is there or stands for none.
func excludeInboundPort(port any, list string) string {
	add := strings.TrimSpace(fmt.Sprint(port))
	if add == "" || add == "0" {
		return list
	}
	var out []string
	for _, item := range strings.Split(list, ",") {
		if item == add {
			return list
		}
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return strings.Join(append(out, add), ",")
}

// ports lists the TCP ports of containers, with or without those of the proxy.
func ports(containers []corev1.Container, ofProxy bool) string {
	var out []string
	for _, container := range containers {
		if container.Name == proxyName && !ofProxy {
			continue
		}
		for _, port := range container.Ports {
			if port.Protocol != corev1.ProtocolUDP && port.Protocol != corev1.ProtocolSCTP {
				out = append(out, strconv.Itoa(int(port.ContainerPort)))
			}
		}
	}
	return strings.Join(out, ",")
}

func fromJSON(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return "{}"
	}
	return value
}

// toJSON gives "{}" for what is nil or cannot be encoded.
func toJSON(value any) string {
	if value == nil {
		return "{}"
	}
	encoded, err := json.Marshal(value)
	if err != nil || string(encoded) == "null" {
		return "{}"
	}
	return string(encoded)
}

func toYAML(value any) string {
	encoded, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return string(encoded)
}

// protoToJSON encodes with the package that istiod uses: its layout is seen in pods.
func protoToJSON(message proto.Message) string {
	if config, ok := message.(*meshconfig.ProxyConfig); ok && config != nil {
		message = withoutDefaults(config)
	}
	encoded, err := (&jsonpb.Marshaler{}).MarshalToString(protoadapt.MessageV1Of(message))
	if err != nil {
		return "{}"
	}
	return encoded
}

// indent moves all lines but the first.
func indent(spaces int, text string) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", spaces))
}

func valueOrDefault(value, fallback any) any {
	if value == nil || value == "" {
		return fallback
	}
	return value
}

func mergeMaps(list ...map[string]string) map[string]string {
	if len(list) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, m := range list {
		maps.Copy(out, m)
	}
	return out
}

func omit(m map[string]string, keys ...string) map[string]string {
	out := mergeMaps(m)
	for _, key := range keys {
		delete(out, key)
	}
	return out
}

func strdict(words ...string) map[string]string {
	out := map[string]string{}
	for n := 0; n < len(words); n += 2 {
		out[words[n]] = ""
		if n+1 < len(words) {
			out[words[n]] = words[n+1]
		}
	}
	return out
}

// omitNil drops nil members of maps and lists, and those that are left empty by that.
func omitNil(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range value {
			if member = omitNil(member); member != nil {
				out[key] = member
			}
		}
		if len(out) == 0 && len(value) > 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		for _, member := range value {
			if member = omitNil(member); member != nil {
				out = append(out, member)
			}
		}
		if len(out) == 0 && len(value) > 0 {
			return nil
		}
		return out
	}
	return value
}
