// Package licenses answers under which licences the parts of the program came that others have made, as those licences ask.
//
// modules.txt is written by make licenses, from the modules that the linker took into the program.
package licenses

import (
	_ "embed"
	"io"
)

//go:embed modules.txt
var modules string

// Write writes the licences of the program's modules, and behind them those of what is in the page.
func Write(w io.Writer, page string) error {
	_, err := io.WriteString(w, modules+"\n"+
		"================================================================================\n\n"+
		"Packages that are in the GraphiQL page, and their licences.\n\n"+page)
	return err
}
