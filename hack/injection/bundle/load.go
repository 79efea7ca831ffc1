package bundle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sources are the files of the templates' folder, by name without suffix.
type Sources struct {
	Templates map[string]string
	Blocks    map[string]string
}

// Load reads the templates' folder.
func Load(dir string) (Sources, error) {
	templates, err := readAll(dir)
	if err != nil {
		return Sources{}, err
	}
	if len(templates) == 0 {
		return Sources{}, fmt.Errorf("no templates in %s", dir)
	}
	blocks, err := readAll(filepath.Join(dir, "blocks"))
	return Sources{Templates: templates, Blocks: blocks}, err
}

// For gives the templates that a version has.
func (s Sources) For(version Minor) (map[string]string, error) {
	texts := map[string]string{}
	for name, source := range s.Templates {
		text, err := Compose(source, version, s.Blocks)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		if strings.TrimSpace(text) != "" {
			texts[name] = text
		}
	}
	return texts, nil
}

func readAll(dir string) (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts[strings.TrimSuffix(filepath.Base(path), ".yaml")] = string(text)
	}
	return texts, nil
}
