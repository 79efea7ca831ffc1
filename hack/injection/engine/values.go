package engine

import "fmt"

// lookup follows keys into nested maps; nil when one is missing.
func lookup(values map[string]any, keys ...string) any {
	var at any = values
	for _, key := range keys {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[key]
	}
	return at
}

// text is the value at keys as a string; "" when there is none.
func text(values map[string]any, keys ...string) string {
	value := lookup(values, keys...)
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// truth is the boolean at keys; false when there is none.
func truth(values map[string]any, keys ...string) bool {
	value, _ := lookup(values, keys...).(bool)
	return value
}
