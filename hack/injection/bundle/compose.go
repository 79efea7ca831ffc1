// Package bundle puts the injection templates of one Istio version together from their source files. It is the twin of
// what the renderer does before it writes the templates into the injector's ConfigMap; the rules are in the README of
// the templates' folder.
package bundle

import (
	"fmt"
	"strings"
)

const marker = "#@ "

// Compose gives the text of one template source for a version: blocks are put in, lines for other versions left out.
// Markers inside a block count there alone. What is left may be blank: such a template does not exist in that version.
func Compose(source string, version Minor, blocks map[string]string) (string, error) {
	var out strings.Builder
	var open []bool // for each open since or until: does the version keep its lines
	for n, line := range strings.SplitAfter(source, "\n") {
		words := strings.Fields(line)
		if !strings.HasPrefix(strings.TrimLeft(line, " "), marker) {
			if all(open) {
				out.WriteString(line)
			}
			continue
		}
		text, err := apply(words[1:], version, blocks, &open)
		if err != nil {
			return "", fmt.Errorf("line %d: %w", n+1, err)
		}
		if all(open) {
			out.WriteString(text)
		}
	}
	if len(open) > 0 {
		return "", fmt.Errorf("%d markers without an end", len(open))
	}
	return out.String(), nil
}

// apply carries one marker out and gives the text that stands in its place.
func apply(words []string, version Minor, blocks map[string]string, open *[]bool) (string, error) {
	switch {
	case len(words) == 2 && (words[0] == "since" || words[0] == "until"):
		bound, err := ParseMinor(words[1])
		if err != nil {
			return "", err
		}
		*open = append(*open, version.AtLeast(bound) == (words[0] == "since"))
		return "", nil
	case len(words) == 1 && words[0] == "end":
		if len(*open) == 0 {
			return "", fmt.Errorf("end without a since or until")
		}
		*open = (*open)[:len(*open)-1]
		return "", nil
	case len(words) == 2 && words[0] == "use":
		block, ok := blocks[words[1]]
		if !ok {
			return "", fmt.Errorf("no block %q", words[1])
		}
		return Compose(block, version, blocks)
	}
	return "", fmt.Errorf("marker %q is none of since, until, end, use", strings.Join(words, " "))
}

func all(open []bool) bool {
	for _, keep := range open {
		if !keep {
			return false
		}
	}
	return true
}
