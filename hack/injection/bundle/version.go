package bundle

import (
	"fmt"
	"strconv"
	"strings"
)

// Minor is the part of an Istio version that decides which template text it gets.
type Minor struct{ Major, Minor int }

// ParseMinor reads the first two numbers of "1.30" or "1.30.3".
func ParseMinor(text string) (Minor, error) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return Minor{}, fmt.Errorf("version %q: want major.minor", text)
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return Minor{}, fmt.Errorf("version %q: %w", text, err)
	}
	minor, err := strconv.Atoi(parts[1])
	if err != nil {
		return Minor{}, fmt.Errorf("version %q: %w", text, err)
	}
	return Minor{major, minor}, nil
}

// AtLeast says whether m is other or newer.
func (m Minor) AtLeast(other Minor) bool {
	if m.Major != other.Major {
		return m.Major > other.Major
	}
	return m.Minor >= other.Minor
}

func (m Minor) String() string { return fmt.Sprintf("%d.%d", m.Major, m.Minor) }
