// Package check executes every template of every version with a range of settings and pods of our own, and looks at
// what comes out: YAML that Kubernetes knows, whose parts fit together.
package check

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"mainsheet.dev/hack/injection/bundle"
	"mainsheet.dev/hack/injection/engine"
)

// versions are the minors that templates are bundled for.
var versions = []string{"1.28", "1.29", "1.30", "1.31"}

// Templates for gateways give whole objects; all others give a part of a pod.
var gatewayTemplates = []string{"agentgateway", "agentgateway-waypoint", "kube-gateway", "waypoint"}

// Run checks all templates and prints a line for each version. It stops at the first template that is broken.
func Run(out io.Writer, sources bundle.Sources) error {
	for _, name := range versions {
		version, err := bundle.ParseMinor(name)
		if err != nil {
			return err
		}
		texts, err := sources.For(version)
		if err != nil {
			return err
		}
		count, err := checkVersion(version, texts)
		if err != nil {
			return fmt.Errorf("%s: %w", version, err)
		}
		fmt.Fprintf(out, "%s: %d templates, %d executions\n", version, len(texts), count)
	}
	return nil
}

func checkVersion(version bundle.Minor, texts map[string]string) (int, error) {
	parsed, err := engine.Parse(version, texts)
	if err != nil {
		return 0, err
	}
	all, err := scenarios()
	if err != nil {
		return 0, err
	}
	count := 0
	for n, mesh := range all {
		injector := &engine.Injector{Version: version, Templates: parsed, Mesh: mesh.mesh, Values: mesh.values, Compliance: "fips-140-3"}
		for _, name := range slices.Sorted(maps.Keys(parsed)) {
			done, err := 0, error(nil)
			if slices.Contains(gatewayTemplates, name) {
				done, err = checkGateways(injector, name)
			} else {
				done, err = checkPods(injector, name, n)
			}
			count += done
			if err != nil {
				return count, fmt.Errorf("template %s, %s: %w", name, mesh.name, err)
			}
		}
	}
	return count, nil
}
