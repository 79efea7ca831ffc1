package refs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Bookkeeping of those who install, which says nothing of how a pod behaves.
var (
	dropped         = []string{"release", "chart", "heritage"}
	droppedPrefixes = []string{"app.kubernetes.io/", "helm.sh/", "install.operator.istio.io/", "operator.istio.io/"}
)

// Lists whose order means nothing, with the field that tells their items apart.
var keyed = map[string]string{
	"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath",
}

var unordered = []string{"tolerations", "imagePullSecrets", "matchExpressions"}

// normal brings a JSON value into the form in which it is compared: empty values gone, lists without order as maps.
func normal(value any, key string) any {
	switch value := value.(type) {
	case map[string]any:
		return normalMap(value, key)
	case []any:
		return normalList(value, key)
	}
	return value
}

func normalMap(value map[string]any, key string) any {
	out := map[string]any{}
	for name, member := range value {
		if (key == "labels" || key == "annotations") && isBookkeeping(name) {
			continue
		}
		member = normal(member, name)
		if key == "requests" || key == "limits" {
			member = fmt.Sprint(member)
		}
		if !isEmpty(member) && member != "" {
			out[name] = member
		}
	}
	return out
}

func normalList(value []any, key string) any {
	items := []any{}
	for _, item := range value {
		if item = normal(item, ""); !isEmpty(item) {
			items = append(items, item)
		}
	}
	if field, ok := keyed[key]; ok {
		return byKey(items, func(item map[string]any) string { return fmt.Sprint(item[field]) })
	}
	if key == "ports" {
		return byKey(items, func(item map[string]any) string {
			return fmt.Sprint(item["name"], ":", item["port"], item["containerPort"])
		})
	}
	if slices.Contains(unordered, key) {
		slices.SortFunc(items, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
	}
	return items
}

// byKey makes a map of a list of maps; any other list stays.
func byKey(items []any, key func(map[string]any) string) any {
	out := map[string]any{}
	for _, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			return items
		}
		out[key(m)] = item
	}
	return out
}

func isBookkeeping(name string) bool {
	return slices.Contains(dropped, name) ||
		slices.ContainsFunc(droppedPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
