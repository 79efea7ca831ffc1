package bundle

import (
	"strings"
	"testing"
)

var (
	old   = Minor{1, 28}
	later = Minor{1, 30}
)

func compose(t *testing.T, source string, version Minor, blocks map[string]string) string {
	t.Helper()
	text, err := Compose(source, version, blocks)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLinesWithoutMarkersStayAsTheyAre(t *testing.T) {
	source := "a: 1\n\n  # b\n#@nothing\nc"
	if got := compose(t, source, old, nil); got != source {
		t.Errorf("got %q", got)
	}
}

func TestSinceKeepsAndUntilDropsFromTheNamedMinorOn(t *testing.T) {
	source := "#@ since 1.30\nnew\n#@ end\n#@ until 1.30\nold\n#@ end\nboth\n"
	for version, want := range map[Minor]string{{1, 29}: "old\nboth\n", {1, 30}: "new\nboth\n", {2, 0}: "new\nboth\n"} {
		if got := compose(t, source, version, nil); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
}

func TestMarkersNest(t *testing.T) {
	source := "#@ since 1.29\na\n  #@ since 1.31\n  b\n  #@ end\nc\n#@ end\n"
	if got := compose(t, source, later, nil); got != "a\nc\n" {
		t.Errorf("got %q", got)
	}
	if got := compose(t, source, old, nil); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestUsePutsTheBlockOfTheVersionIn(t *testing.T) {
	blocks := map[string]string{"part": "x\n#@ until 1.30\ny\n#@ end\n"}
	if got := compose(t, "a\n#@ use part\nb\n", later, blocks); got != "a\nx\nb\n" {
		t.Errorf("got %q", got)
	}
	if got := compose(t, "#@ since 1.30\n#@ use part\n#@ end\n", old, blocks); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestMarkersThatMakeNoSenseAreErrors(t *testing.T) {
	for source, want := range map[string]string{
		"#@ since 1.30\n":  "without an end",
		"a\n#@ end\n":      "line 2: end without",
		"#@ use missing\n": `no block "missing"`,
		"#@ since\n":       "none of",
		"#@ since one\n":   "major.minor",
		"#@ after 1.30\n":  "none of",
	} {
		_, err := Compose(source, later, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", source, err, want)
		}
	}
}

func TestATemplateThatIsBlankInAVersionIsNotInIt(t *testing.T) {
	sources := Sources{Templates: map[string]string{"new": "#@ since 1.30\na\n#@ end\n\n", "any": "b\n"}}
	texts, err := sources.For(old)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := texts["new"]; ok || len(texts) != 1 {
		t.Errorf("got %v", texts)
	}
}
