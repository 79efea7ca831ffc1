package refs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"mainsheet.dev/hack/injection/bundle"
	"mainsheet.dev/hack/injection/engine"
)

// load builds the injector of a case: our templates, with the mesh and the values of the case.
func load(sources bundle.Sources, version, folder string) (*engine.Injector, error) {
	minor, err := bundle.ParseMinor(version)
	if err != nil {
		return nil, err
	}
	texts, err := sources.For(minor)
	if err != nil {
		return nil, err
	}
	injector := &engine.Injector{Version: minor}
	if injector.Templates, err = engine.Parse(minor, texts); err != nil {
		return nil, err
	}
	var installation struct {
		Spec struct {
			Revision string `json:"revision"`
		} `json:"spec"`
	}
	if err := read(filepath.Join(folder, "meshinstallation.yaml"), &installation); err != nil {
		return nil, err
	}
	injector.Revision = installation.Spec.Revision
	return injector, configure(injector, filepath.Join(folder, "expected.yaml"))
}

// configure finds the two ConfigMaps among the objects of a case.
func configure(injector *engine.Injector, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, document := range strings.Split(string(text), "\n---\n") {
		var object struct {
			Kind string            `json:"kind"`
			Data map[string]string `json:"data"`
		}
		if !strings.Contains(document, "kind: ConfigMap") {
			continue
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return err
		}
		_, isInjector := object.Data["config"]
		if values, ok := object.Data["values"]; ok && isInjector {
			if err := yaml.Unmarshal([]byte(values), &injector.Values); err != nil {
				return err
			}
		} else if mesh, ok := object.Data["mesh"]; ok {
			if injector.Mesh, err = engine.ParseMesh(mesh); err != nil {
				return err
			}
		}
	}
	if injector.Values == nil || injector.Mesh == nil {
		return fmt.Errorf("%s lacks the ConfigMap of the mesh or of the injector", file)
	}
	return nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, into)
}
