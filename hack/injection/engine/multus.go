package engine

import (
	"encoding/json"
	"strings"
)

// appendMultusNetwork adds NAMESPACE/NAME to the networks that a pod's annotation asks for, in the form it has: a
// comma-separated list or a JSON list. A JSON list that does not parse is left alone.
func appendMultusNetwork(existing, network string) string {
	if existing == "" {
		return network
	}
	end := strings.LastIndex(existing, "]")
	if end < 0 {
		for _, item := range strings.Split(existing, ",") {
			if strings.TrimSpace(item) == network {
				return existing
			}
		}
		return existing + ", " + network
	}
	var networks []map[string]any
	if json.Unmarshal([]byte(existing), &networks) != nil {
		return existing
	}
	namespace, name, ok := strings.Cut(network, "/")
	if !ok {
		namespace, name = "", network
	}
	for _, item := range networks {
		at, _ := item["namespace"].(string)
		if item["name"] == name && at == namespace {
			return existing
		}
	}
	added := `{"name": "` + name + `"`
	if namespace != "" {
		added += `, "namespace": "` + namespace + `"`
	}
	return existing[:end] + ", " + added + "}" + existing[end:]
}
