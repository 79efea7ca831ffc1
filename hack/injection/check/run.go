package check

import (
	"io"

	"mainsheet.dev/hack/injection/bundle"
)

func Run(out io.Writer, sources bundle.Sources) error { return nil }
