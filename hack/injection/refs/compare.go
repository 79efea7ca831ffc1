// Package refs compares pods injected by our templates with reference pods. A reference is a folder with
// injection/VERSION/CASE/POD.in.yaml and POD.out.yaml, and for each case the objects that hold its configuration, in
// render/VERSION/CASE/expected.yaml and meshinstallation.yaml.
package refs

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/bundle"
	"mainsheet.dev/hack/injection/engine"
)

// Compare injects every reference pod, prints a line for each and the totals, and says whether all are equal. With
// details it prints the differences too.
func Compare(out io.Writer, sources bundle.Sources, dir string, details bool) (bool, error) {
	cases, err := filepath.Glob(filepath.Join(dir, "injection", "*", "*"))
	if err != nil {
		return false, err
	}
	equal, pods := 0, 0
	for _, folder := range cases {
		version, name := filepath.Base(filepath.Dir(folder)), filepath.Base(folder)
		injector, err := load(sources, version, filepath.Join(dir, "render", version, name))
		if err != nil {
			return false, fmt.Errorf("%s/%s: %w", version, name, err)
		}
		inputs, err := filepath.Glob(filepath.Join(folder, "*.in.yaml"))
		if err != nil {
			return false, err
		}
		for _, input := range inputs {
			pod := strings.TrimSuffix(input, ".in.yaml")
			differences, err := comparePod(injector, input, pod+".out.yaml")
			if err != nil {
				differences = []string{err.Error()}
			}
			pods++
			verdict := "DIFFER"
			if len(differences) == 0 {
				equal++
				verdict = "equal "
			}
			fmt.Fprintf(out, "%s %s/%s/%s\n", verdict, version, name, filepath.Base(pod))
			if details {
				for _, difference := range differences {
					fmt.Fprintf(out, "    %s\n", difference)
				}
			}
		}
	}
	fmt.Fprintf(out, "%d/%d equal\n", equal, pods)
	return equal == pods && pods > 0, nil
}

func comparePod(injector *engine.Injector, input, output string) ([]string, error) {
	before, err := os.ReadFile(input)
	if err != nil {
		return nil, err
	}
	after, err := os.ReadFile(output)
	if err != nil {
		return nil, err
	}
	want := map[string]any{}
	if err := yaml.Unmarshal(after, &want); err != nil {
		return nil, err
	}
	got, err := injector.InjectWorkload(before)
	if err != nil {
		return nil, err
	}
	sortStatus(want)
	sortStatus(got)
	return diff(normal(want, ""), normal(got, ""), ""), nil
}

// sortStatus makes the JSON of the status annotation comparable as text.
func sortStatus(object map[string]any) {
	at := any(object)
	for _, key := range []string{"spec", "template", "metadata", "annotations"} {
		m, ok := at.(map[string]any)
		if !ok {
			return
		}
		at = m[key]
	}
	annotations, _ := at.(map[string]any)
	text, _ := annotations["sidecar.istio.io/status"].(string)
	var status any
	if json.Unmarshal([]byte(text), &status) == nil {
		annotations["sidecar.istio.io/status"] = encode(status)
	}
}
