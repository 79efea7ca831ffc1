// Command injection checks the injection templates: it executes them as istiod does.
//
//	injection check [--templates DIR]
//	injection compare [--templates DIR] --reference DIR [-v]
//
// check needs nothing but the templates; it exits 1 when one of them is broken for any version. compare injects
// reference pods and exits 1 when one differs.
package main

import (
	"flag"
	"fmt"
	"os"

	"mainsheet.dev/hack/injection/bundle"
	"mainsheet.dev/hack/injection/check"
	"mainsheet.dev/hack/injection/refs"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "injection:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want check or compare")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	templates := flags.String("templates", "../../manifests/templates/injection", "folder of the templates")
	reference := flags.String("reference", "", "folder of the reference pods")
	details := flags.Bool("v", false, "print every difference")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	sources, err := bundle.Load(*templates)
	if err != nil {
		return err
	}
	switch args[0] {
	case "check":
		return check.Run(os.Stdout, sources)
	case "compare":
		equal, err := refs.Compare(os.Stdout, sources, *reference, *details)
		if err == nil && !equal {
			err = fmt.Errorf("pods differ from the reference")
		}
		return err
	}
	return fmt.Errorf("%q is neither check nor compare", args[0])
}
