package refs

import (
	"fmt"
	"maps"
	"slices"
)

// diff lists where two normalised values differ.
func diff(want, got any, path string) []string {
	a, aIsMap := want.(map[string]any)
	b, bIsMap := got.(map[string]any)
	if !aIsMap || !bIsMap {
		if encode(want) == encode(got) {
			return nil
		}
		return []string{fmt.Sprintf("%s: want %s, got %s", path, encode(want), encode(got))}
	}
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at := path + "." + name
		wanted, inA := a[name]
		given, inB := b[name]
		switch {
		case !inA:
			out = append(out, fmt.Sprintf("%s: not wanted: %s", at, encode(given)))
		case !inB:
			out = append(out, fmt.Sprintf("%s: missing: %s", at, encode(wanted)))
		default:
			out = append(out, diff(wanted, given, at)...)
		}
	}
	return out
}
